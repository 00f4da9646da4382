/** Brings regions that are stale, new or damaged to the state of regions that agree. */
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { PAGE, type Pages } from "../base/units.ts";
import { type HashedContent, makeContent } from "./disk/content.ts";
import { isAncestor } from "./disk/epochs.ts";
import { failureIn, type RegionAddress, type RegionPlace, sameRegions } from "./disk/place.ts";
import { type GenerationPlan, planGeneration } from "./disk/plan.ts";
import type { PagePointer } from "./disk/superblock.ts";
import { generationSteps } from "./disk/superblock-write.ts";
import { pagesOf, type Tree } from "./disk/tree.ts";
import { badPages, hashesOf } from "./set/bad-pages.ts";
import { damageReporter } from "./set/damage-reporter.ts";
import { eachRegion, write } from "./set/each-region.ts";
import { describe } from "./set/explain.ts";
import { gather, treeOf } from "./set/gather.ts";
import { holdersOf } from "./set/holders.ts";
import { doneWith, emptyTally, type FailedRegion, failureText, type RegionsDone } from "./set/outcome.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import type { RegionView, Seen } from "./set/region-view.ts";
import { requireClean, requireWritable } from "./set/require-state.ts";
import { isUsable, setStateOf } from "./set/set-state.ts";
import { nothingChanged } from "./set/undo.ts";

/**
 * Gives every region of `regions` that is not one of `from` the content of those, which must be clean. Pages
 * of the region that are good are kept; each region has its old state until its superblock is written.
 * @param force over regions that hold something else than an ancestor: what they hold is lost
 * @throws DvmError OUT_OF_SYNC, ALREADY_PREPARED (of `from`), WOULD_LOSE_DATA (without force), READ_ONLY,
 *   TOO_LARGE, NO_SPACE, NOT_FOUND before anything is written; IO, DEADLINE when no region was changed;
 *   HALF_DONE
 */
export async function sync(
  sys: RegionSys,
  regions: readonly RegionAddress[],
  from: readonly RegionAddress[],
  { force }: { readonly force: boolean },
): Promise<RegionsDone> {
  const { all, sources } = await sameRegions(sys.disks, regions, from);
  return withRegionSet(sys, all, { write: true, thorough: true }, async (set) => {
    const isSource = ({ place }: RegionView) => sources.has(place.index);
    const sourceViews = set.views.filter(isSource);
    const [source] = requireClean({ ...set, views: sourceViews, state: setStateOf(sourceViews) });
    const wanted = defined(source, "a source").active;
    const targets = set.views.filter((view) => !isSource(view));
    for (const view of targets) checkTarget(view, wanted, force);
    requireWritable(targets);
    const bytes = await gather(set, holdersOf(sourceViews, wanted), damageReporter(sys).damage);
    const content = makeContent(bytes);
    checkFits(targets, content, wanted);
    return syncAll(set, targets, content, wanted, sourceViews.length);
  });
}

function checkTarget(view: RegionView, wanted: Seen, force: boolean): void {
  const { failure, place } = view;
  if (failure && !["CORRUPT", "UNSUPPORTED", "IO"].includes(failure.code)) {
    const code = failure.status === 4 || failure.status === 2 ? failure.code : "IO";
    throw failureIn(place, failure, code);
  }
  if (force || (failure && failure.code !== "UNSUPPORTED")) return;
  if (!failure && !isUsable(view)) return;
  const held = view.active;
  if (held && (held.id === wanted.id || isAncestor(held.root.state, wanted.root.state))) return;
  throw new DvmError(
    "WOULD_LOSE_DATA",
    `${place.name} ${describe(view)}, which is no earlier state of what it would get: --force gives it up`,
    { details: { region: place.index } },
  );
}

/** @throws DvmError TOO_LARGE, NO_SPACE when it would not fit into an empty region */
function checkFits(targets: readonly RegionView[], content: HashedContent, { root: { state } }: Seen): void {
  const none = { active: null, bad: new Set<Pages>(), keep: new Set<Pages>(), newest: 0, parent: null };
  const byLength = new Map(targets.map(({ place }) => [place.length, place]));
  for (const [length, { name }] of byLength) {
    const limit = (length - 1) * PAGE;
    if (content.bytes.length > limit)
      throw new DvmError(
        "TOO_LARGE",
        `${content.bytes.length} bytes are more than ${name} can hold (${limit})`,
      );
    planGeneration({ ...none, length, content, state });
  }
}

async function syncAll(
  set: RegionSet,
  targets: readonly RegionView[],
  content: HashedContent,
  wanted: Seen,
  sources: number,
): Promise<RegionsDone> {
  const ids = new Map(targets.map((view) => [view, view.superblock?.regionId ?? set.sys.chance.id()]));
  const highestTxid = Math.max(
    ...set.views.map(({ superblock }) => superblock?.highestTxid ?? 0),
    wanted.root.state.txid,
  );
  const tally = emptyTally();
  let changed = false;
  const failures = await eachRegion(set, targets, { verb: "sync" }, async (view) => {
    const { place, superblock } = view;
    let begun = false;
    let named = false;
    try {
      const planned = await planSync(set, view, content, wanted);
      if (planned) {
        const { plan, keepsOld } = planned;
        const next = {
          regionId: defined(ids.get(view), "the id of a region"),
          length: place.length,
          sequence: (superblock?.sequence ?? 0) + 1,
          highestTxid,
          active: plan.root,
          shadow: null,
        };
        await write(set, place, generationSteps(plan.writes, next, view.blockSize), tally, (step) => {
          begun = true;
          named ||= !keepsOld || (step.kind === "write" && step.offset === 0);
        });
        tally.pagesWritten += plan.pagesWritten;
        changed = true;
      } else {
        // A sync that was killed may have left it in a cache alone.
        tally.flushes += 1;
        await set.with(place, (device) => device.flush());
      }
    } catch (error) {
      // What hangs may still land, on pages that are used by then.
      if (named || (begun && toDvmError(error).code === "DEADLINE")) changed = true;
      throw error;
    }
  });
  if (failures.length > 0) throw notAll(failures, changed);
  return doneWith(wanted, sources + targets.length, tally);
}

function notAll(failures: readonly FailedRegion[], changed: boolean): DvmError {
  if (!changed) return nothingChanged(failures);
  const [{ error }] = failures as [FailedRegion];
  const details = { regions: failures.map(({ place }) => place.index) };
  const text = `${failureText(failures)}; not all regions are in sync: sync again`;
  return new DvmError("HALF_DONE", text, { cause: error, details });
}

interface SyncPlan {
  readonly plan: GenerationPlan;
  /** Until its superblock is written the region has what it had. */
  readonly keepsOld: boolean;
}

/** @returns null when the region has all of it already */
async function planSync(
  set: RegionSet,
  view: RegionView,
  content: HashedContent,
  wanted: Seen,
): Promise<SyncPlan | null> {
  const { place, superblock, active } = view;
  const { state } = wanted.root;
  const own = superblock && (await treeAt(set, view, superblock.active));
  const shadow = superblock?.shadow ? await treeAt(set, view, superblock.shadow) : null;
  const bad = own ? await badPages(set, place, hashesOf(own)) : new Set<Pages>();
  const isCurrent = active !== null && active.id === wanted.id;
  if (isCurrent && own && bad.size === 0 && !superblock?.shadow && view.problems.length === 0) return null;
  const parent = isCurrent
    ? active.root.parent
    : active && state.parentState.toString("hex") === active.id
      ? active.pointer
      : null;
  const input = { bad, length: place.length, content, state, newest: superblock?.active.page ?? 0 };
  const keep = new Set<Pages>([
    ...(shadow ? pagesOf(shadow) : []),
    ...[superblock?.active, superblock?.shadow].flatMap((pointer) => pointer?.page ?? []),
  ]);
  try {
    return { plan: planGeneration({ ...input, active: own, keep, parent }), keepsOld: true };
  } catch (error) {
    if (!(error instanceof DvmError) || error.code !== "NO_SPACE") throw error;
    // A region that cannot hold both gives up what it had, which is of no more use than as history.
    const plan = planGeneration({ ...input, active: null, keep: new Set(), parent: null });
    return { plan, keepsOld: false };
  }
}

/** What of a tree's pages is there; null when it cannot be known what the tree is. */
function treeAt(set: RegionSet, { place }: RegionView, pointer: PagePointer): Promise<Tree | null> {
  const holders = set.views.flatMap((view): { place: RegionPlace; pointer: PagePointer }[] =>
    [view.superblock?.active, view.superblock?.shadow].flatMap((each) =>
      each && view.place.length === place.length ? [{ place: view.place, pointer: each }] : [],
    ),
  );
  return treeOf(set, { place, pointer }, holders, () => undefined).catch(() => null);
}
