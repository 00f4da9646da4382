/** Writes a new generation into every region beside the active one, as their shadow. */
import { DvmError } from "../base/error.ts";
import { PAGE, type Pages } from "../base/units.ts";
import { type HashedContent, makeContent } from "./disk/content.ts";
import { withEpoch } from "./disk/epochs.ts";
import { MAX_CONTENT_BYTES } from "./disk/layout.ts";
import { perform } from "./disk/perform.ts";
import type { RegionAddress, RegionPlace } from "./disk/place.ts";
import { readPages } from "./disk/region-io.ts";
import { type State, stateHash } from "./disk/root.ts";
import { changed, generationSteps } from "./disk/superblock-write.ts";
import { eachRegion } from "./set/each-region.ts";
import { flushFound } from "./set/flush-found.ts";
import { count, doneWith, emptyTally, type RegionsDone } from "./set/outcome.ts";
import { type Planned, type Planner, planner } from "./set/planner.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import { highestTxidOf, requireClean, requireWritable } from "./set/require-state.ts";
import type { Usable } from "./set/set-state.ts";
import { nothingChanged, undo } from "./set/undo.ts";

/**
 * Prepares `bytes` as a new transaction in every region. Afterwards commit or abort.
 * @param newEpoch begin a new epoch, since not all members take part
 * @param dryRun refuse what would be refused, and write nothing
 * @throws DvmError OUT_OF_SYNC, ALREADY_PREPARED, READ_ONLY, TOO_LARGE, NO_SPACE before anything is written;
 *   IO, DEADLINE when a region failed and all are as before; HALF_DONE when one may be left prepared
 */
export const prepare = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  bytes: Buffer,
  { newEpoch, dryRun = false }: { readonly newEpoch: boolean; readonly dryRun?: boolean },
): Promise<RegionsDone> =>
  withRegionSet(sys, regions, { write: !dryRun, thorough: false }, async (set) => {
    const views = requireClean(set);
    requireWritable(views);
    checkLength(bytes.length, views);
    const content = makeContent(bytes);
    const state = nextState(sys, views, content, newEpoch);
    const plans = planner(set, views, content, state);
    await plans.checkAll();
    return dryRun ? foresee(views, state, plans) : performAll(set, views, state, plans);
  });

/** What it would cost. */
async function foresee(views: readonly Usable[], state: State, plans: Planner): Promise<RegionsDone> {
  const tally = emptyTally();
  for (const view of views) tally.pagesWritten += (await plans.get(view)).pagesWritten;
  return doneWith({ id: stateHash(state).toString("hex"), root: { state } }, views.length, tally);
}

function checkLength(bytes: number, views: readonly Usable[]): void {
  const smallest = views.reduce((a, b) => (b.place.length < a.place.length ? b : a));
  const limit = Math.min(MAX_CONTENT_BYTES, (smallest.place.length - 1) * PAGE);
  if (bytes > limit) {
    throw new DvmError(
      "TOO_LARGE",
      `${bytes} bytes are more than ${smallest.place.name} can hold (${limit})`,
      {
        details: { bytes, limit },
      },
    );
  }
}

function nextState(
  { clock, chance }: RegionSys,
  views: readonly Usable[],
  content: HashedContent,
  newEpoch: boolean,
): State {
  const parent = (views[0] as Usable).active.root.state;
  const txid = highestTxidOf(views) + 1;
  // The epoch begins right after the parent, not at this transaction: a member that is not here may have
  // taken one that was aborted here, and must not pass for an ancestor.
  const epochs = newEpoch
    ? withEpoch(parent.epochs, { id: chance.id(), firstTxid: parent.txid + 1 })
    : parent.epochs;
  return {
    txid,
    timestamp: clock.now(),
    contentLength: content.bytes.length,
    contentDigest: content.digest,
    parentState: stateHash(parent),
    epochs,
  };
}

async function performAll(
  set: RegionSet,
  views: readonly Usable[],
  state: State,
  plans: Planner,
): Promise<RegionsDone> {
  const tally = emptyTally();
  /** Regions that were sent a write, and those of them whose superblock was. */
  const written = new Set<RegionPlace>();
  const named = new Set<RegionPlace>();
  // What the superblocks that were found have freed is written over only when they are durable, in every
  // region.
  const unsure = await flushFound(set, views, "unsure", () => {
    tally.flushes += 1;
  });
  if (unsure.length > 0) throw nothingChanged(unsure);
  const failures = await eachRegion(set, views, { verb: "prepare", stop: true }, async (view) => {
    const { place } = view;
    let plan = await plans.get(view);
    await set.with(place, async (device) => {
      const bad = await damagedNodes(device, place, plan);
      if (bad.size > 0) plan = plans.without(view, plan, bad);
      const shadow = changed(view, { shadow: plan.root, highestTxid: state.txid });
      await perform(device, place, generationSteps(plan.writes, shadow, view.blockSize), (step) => {
        count(tally, step);
        written.add(place);
        if (step.kind === "write" && step.offset === 0) named.add(place);
      });
    });
    tally.pagesWritten += plan.pagesWritten;
  });
  if (failures.length > 0) await undo(set, views, state, failures, written, named);
  const id = stateHash(state).toString("hex");
  return doneWith({ id, root: { state } }, views.length, tally);
}

/**
 * Which tables that the new state shares are not in this region what they should be. They are compared with
 * good bytes, which is cheaper than hashing them in every region.
 */
async function damagedNodes(
  device: Parameters<typeof readPages>[0],
  place: RegionPlace,
  { tree, shared }: Planned,
): Promise<Set<Pages>> {
  const bad = new Set<Pages>();
  const nodes = tree.nodes.filter(({ page }) => shared.has(page));
  const good = new Map(nodes.map((node) => [node.page, node.bytes]));
  await readPages(device, place, good.keys(), (page, bytes) => {
    if (!bytes || good.get(page)?.equals(bytes) !== true) bad.add(page);
  });
  return bad;
}
