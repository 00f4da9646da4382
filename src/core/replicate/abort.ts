/** Takes away what a prepare left, so that every region is clean with what it had. */
import { DvmError } from "../base/error.ts";
import type { RegionAddress } from "./disk/place.ts";
import { changed, superblockSteps } from "./disk/superblock-write.ts";
import { eachRegion, write } from "./set/each-region.ts";
import { flushFound } from "./set/flush-found.ts";
import { doneWith, emptyTally, failureText, type RegionsDone } from "./set/outcome.ts";
import { type RegionSys, withRegionSet } from "./set/region-set.ts";
import { highestTxidOf, requireInSync, requireWritable } from "./set/require-state.ts";
import { nothingChanged } from "./set/undo.ts";

/**
 * Aborts what is prepared on some or all regions. May be repeated after a crash.
 * The aborted transaction's id stays used, on the regions that never saw it too.
 * @throws DvmError OUT_OF_SYNC, NOTHING_PREPARED, DECIDED (a region has committed), READ_ONLY before anything
 *   is written; HALF_DONE when regions are left prepared
 */
export const abort = (sys: RegionSys, regions: readonly RegionAddress[]): Promise<RegionsDone> =>
  withRegionSet(sys, regions, { write: true, thorough: false }, async (set) => {
    const { views, state } = requireInSync(set);
    if (state.kind === "committing") {
      const { txid } = state.content.root.state;
      throw new DvmError(
        "DECIDED",
        `transaction ${txid} is committed on some regions already: commit it everywhere`,
      );
    }
    // What an abort that was interrupted has written may still stand in caches alone.
    const ended = views.filter(({ superblock, readOnly }) => superblock.shadow === null && !readOnly);
    const failures = await flushFound(set, ended, "all");
    if (state.kind === "clean" && failures.length > 0) throw nothingChanged(failures);
    if (state.kind === "clean") throw new DvmError("NOTHING_PREPARED", "nothing is prepared");
    const highestTxid = highestTxidOf(views);
    const open = views.filter(
      ({ superblock }) => superblock.shadow !== null || superblock.highestTxid < highestTxid,
    );
    requireWritable(open);
    const tally = emptyTally();
    const failedNow = await eachRegion(set, open, {}, (view) => {
      const steps = superblockSteps(changed(view, { shadow: null, highestTxid }), view.blockSize);
      return write(set, view.place, steps, tally);
    });
    failures.push(...failedNow);
    const [first] = failures;
    if (first) {
      throw new DvmError("HALF_DONE", `${failureText(failures)}; may be left prepared there, abort again`, {
        cause: first.error,
        details: { regions: failures.map(({ place }) => place.index) },
      });
    }
    return doneWith(state.content, views.length, tally);
  });
