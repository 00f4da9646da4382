/** Makes the shadow of every region its active state: the decision that a prepare left open. */
import { DvmError } from "../base/error.ts";
import type { RegionAddress } from "./disk/place.ts";
import { decodeSuperblock, type Superblock } from "./disk/superblock.ts";
import { changed, superblockSteps } from "./disk/superblock-write.ts";
import { eachRegion, write } from "./set/each-region.ts";
import { outOfSync } from "./set/explain.ts";
import { flushFound } from "./set/flush-found.ts";
import { doneWith, emptyTally, type FailedRegion, failureText, type RegionsDone } from "./set/outcome.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import type { Seen } from "./set/region-view.ts";
import { requireInSync, requireWritable } from "./set/require-state.ts";
import type { Usable } from "./set/set-state.ts";
import { nothingChanged } from "./set/undo.ts";

/**
 * Commits what is prepared everywhere, or finishes a commit that was interrupted.
 * @throws DvmError OUT_OF_SYNC, NOTHING_PREPARED, READ_ONLY before anything is written; IO, DEADLINE when no
 *   region took it; HALF_DONE when some did and others did not, or may not have
 */
export const commit = (sys: RegionSys, regions: readonly RegionAddress[]): Promise<RegionsDone> =>
  withRegionSet(sys, regions, { write: true, thorough: false }, async (set) => {
    const { views, state } = requireInSync(set);
    // What a commit that was interrupted has written may still stand in caches alone.
    const taken = views.filter(({ superblock, readOnly }) => superblock.shadow === null && !readOnly);
    const failures = state.kind === "preparing" ? [] : await flushFound(set, taken, "all");
    if (state.kind === "clean" && failures.length > 0) throw nothingChanged(failures);
    const content = decided(set);
    const open = views.filter(({ superblock }) => superblock.shadow !== null);
    requireWritable(open);
    const tally = emptyTally();
    let isTaken = state.kind === "committing";
    const failedNow = await eachRegion(set, open, { verb: "commit" }, async (view) => {
      const { place, superblock } = view;
      const next = changed(view, { active: superblock.shadow ?? superblock.active, shadow: null });
      let sent = false;
      try {
        await write(set, place, superblockSteps(next, view.blockSize), tally, () => {
          sent = true;
        });
        isTaken = true;
      } catch (error) {
        // Whatever may have been taken counts as taken: only what is seen to be as before does not.
        if (sent && !(await isAsBefore(set, view))) isTaken = true;
        throw error;
      }
    });
    failures.push(...failedNow);
    if (failures.length > 0) throw halfWay(failures, isTaken, content);
    return doneWith(content, views.length, tally);
  });

/** The state that a commit leads to. */
function decided({ views, state }: RegionSet): Seen {
  if (state.kind === "committing") return state.content;
  if (state.kind === "preparing" && state.shadow && state.complete) return state.shadow;
  if (state.kind === "preparing") {
    const missing = views.filter(({ shadow }) => !shadow).map(({ place }) => place.index);
    throw new DvmError(
      "NOTHING_PREPARED",
      `the transaction is not prepared on every region (not on ${missing.length} of ${views.length}): ` +
        "abort it",
      { details: { regions: missing } },
    );
  }
  if (state.kind === "clean") throw new DvmError("NOTHING_PREPARED", "nothing is prepared");
  throw outOfSync(views, state);
}

async function isAsBefore(set: RegionSet, { place, superblock, blockSize }: Usable): Promise<boolean> {
  try {
    const found = await set.with(place, async (device): Promise<Superblock | null> => {
      const block = Buffer.alloc(blockSize);
      await device.read(place.offset, block);
      return decodeSuperblock(block);
    });
    return found?.sequence === superblock.sequence;
  } catch {
    return false;
  }
}

function halfWay(failures: readonly FailedRegion[], isTaken: boolean, { root }: Seen): DvmError {
  const [first] = failures as [FailedRegion];
  const details = { regions: failures.map(({ place }) => place.index), txid: root.state.txid };
  const { cause } = { cause: first.error };
  return isTaken
    ? new DvmError(
        "HALF_DONE",
        `transaction ${root.state.txid} is committed on some regions but not on ` +
          `${failureText(failures)}; commit again`,
        { cause, details },
      )
    : new DvmError(
        first.error.status === 1 ? first.error.code : "IO",
        `${failureText(failures)}; no region took transaction ${root.state.txid}, it is still prepared`,
        { cause, details },
      );
}
