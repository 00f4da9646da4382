/** Makes regions: one empty state in all of them, the first of a new history. */
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Bytes, Pages } from "../base/units.ts";
import { type HashedContent, makeContent } from "./disk/content.ts";
import { failureIn, type RegionAddress } from "./disk/place.ts";
import { type GenerationPlan, planGeneration } from "./disk/plan.ts";
import { NO_STATE, type State, stateHash } from "./disk/root.ts";
import { generationSteps } from "./disk/superblock-write.ts";
import { loadTree, pagesOf } from "./disk/tree.ts";
import { eachRegion, write } from "./set/each-region.ts";
import { listOf } from "./set/explain.ts";
import { fetchFromAny } from "./set/fetch.ts";
import { doneWith, emptyTally, failureText, type RegionsDone } from "./set/outcome.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import type { RegionView } from "./set/region-view.ts";
import { requireRoom } from "./set/require-room.ts";
import { requireWritable } from "./set/require-state.ts";

export interface FormatOptions {
  /**
   * Over regions that are formatted already or damaged. Until the new superblock is written their states stay
   * whole; transaction ids go on after theirs.
   */
  readonly force: boolean;
  /** How many bytes of content shall fit afterwards. */
  readonly room?: Bytes | undefined;
  /** Refuse what would be refused, and write nothing. */
  readonly dryRun?: boolean;
}

/**
 * Formats every region with empty content.
 * @throws DvmError EXISTS, READ_ONLY, TOO_LARGE (too little room), IO (a device that cannot be read) before
 *   anything is written; HALF_DONE
 */
export const format = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  { force, room = 0, dryRun = false }: FormatOptions,
): Promise<RegionsDone> =>
  withRegionSet(sys, regions, { write: !dryRun, thorough: false }, async (set) => {
    checkFormattable(set.views, force);
    requireWritable(set.views);
    requireRoom(set.views, room);
    const content = makeContent(Buffer.alloc(0));
    const state = firstState(sys, set.views, content);
    // Drawn in order, whichever region is done first.
    const ids = set.views.map(() => sys.chance.id());
    const tally = emptyTally();
    let written = false;
    const views = dryRun ? [] : set.views;
    const failures = await eachRegion(set, views, { verb: "format", stop: true }, async (view) => {
      const { place, superblock } = view;
      const plan = await planFormat(set, view, content, state);
      const next = {
        regionId: defined(ids[place.index], "the id of a region"),
        length: place.length,
        sequence: (superblock?.sequence ?? 0) + 1,
        highestTxid: state.txid,
        active: plan.root,
        shadow: null,
      };
      await write(set, place, generationSteps(plan.writes, next, view.blockSize), tally, (step) => {
        written ||= step.kind === "write" && step.offset === 0;
      });
      tally.pagesWritten += plan.pagesWritten;
    });
    const [first] = failures;
    if (first) {
      const half = written || first.error.code === "DEADLINE";
      throw new DvmError(
        half ? "HALF_DONE" : first.error.status === 1 ? first.error.code : "IO",
        `${failureText(failures)}; ` +
          `${half ? "some regions are formatted: format again with --force" : "no region was formatted"}`,
        { cause: first.error, details: { regions: failures.map(({ place }) => place.index) } },
      );
    }
    const id = stateHash(state).toString("hex");
    const root = { state, parent: null, top: { pages: [], hashes: Buffer.alloc(0) } };
    return doneWith({ id, root }, set.views.length, tally);
  });

function checkFormattable(views: readonly RegionView[], force: boolean): void {
  const unusable = views.filter(
    ({ failure }) => failure && failure.code !== "CORRUPT" && failure.code !== "UNSUPPORTED",
  );
  const [broken] = unusable;
  if (broken?.failure) {
    const { code, status } = broken.failure;
    throw failureIn(broken.place, broken.failure, status === 2 || status === 4 ? code : "IO");
  }
  const there = views.filter(({ superblock, failure }) => superblock !== null || failure !== null);
  if (there.length === 0 || force) return;
  const which = listOf(there.map(({ place }) => place.index));
  throw new DvmError(
    "EXISTS",
    `${there.length === 1 ? "region" : "regions"} ${which} of ${views.length} formatted already: ` +
      "--force destroys what is there",
    { details: { regions: there.map(({ place }) => place.index) } },
  );
}

function firstState(
  { clock, chance }: RegionSys,
  views: readonly RegionView[],
  content: HashedContent,
): State {
  const txid =
    views.reduce((highest, { superblock }) => Math.max(highest, superblock?.highestTxid ?? 0), 0) + 1;
  return {
    txid,
    timestamp: clock.now(),
    contentLength: 0,
    contentDigest: content.digest,
    parentState: NO_STATE,
    epochs: [{ id: chance.id(), firstTxid: txid }],
  };
}

/** The root goes where it harms nothing that the old superblock still names, as far as that can be known. */
async function planFormat(
  set: RegionSet,
  { place, superblock }: RegionView,
  content: HashedContent,
  state: State,
): Promise<GenerationPlan> {
  const keep = new Set<Pages>();
  for (const pointer of [superblock?.active, superblock?.shadow]) {
    if (!pointer) continue;
    keep.add(pointer.page);
    const tree = await loadTree(
      fetchFromAny(set, [place], () => undefined),
      pointer,
      place.length,
    ).catch(() => null);
    if (tree) for (const page of pagesOf(tree)) keep.add(page);
  }
  const newest = superblock?.shadow?.page ?? superblock?.active.page ?? 0;
  const input = {
    active: null,
    bad: new Set<Pages>(),
    newest,
    length: place.length,
    content,
    state,
    parent: null,
  };
  // A region without any free page gives up the old state: that is what force says.
  return keep.size < place.length - 1
    ? planGeneration({ ...input, keep })
    : planGeneration({ ...input, keep: new Set() });
}
