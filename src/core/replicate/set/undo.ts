import { DvmError } from "../../base/error.ts";
import type { RegionPlace } from "../disk/place.ts";
import type { State } from "../disk/root.ts";
import { superblockSteps } from "../disk/superblock-write.ts";
import { eachRegion, write } from "./each-region.ts";
import { emptyTally, type FailedRegion, failureText } from "./outcome.ts";
import type { RegionSet } from "./region-set.ts";
import type { Usable } from "./set-state.ts";

/**
 * Ends a prepare that failed on some region: takes the shadow away again wherever it may have been written,
 * and marks the transaction's id as used wherever that can be done.
 * @param written regions that were sent a write
 * @param named regions whose superblock was
 * @throws DvmError always: why it failed when all are as before, HALF_DONE when one may be left prepared
 */
export async function undo(
  set: RegionSet,
  views: readonly Usable[],
  state: State,
  failures: readonly FailedRegion[],
  written: ReadonlySet<RegionPlace>,
  named: ReadonlySet<RegionPlace>,
): Promise<never> {
  const [first] = failures as [FailedRegion];
  const broken = new Set(failures.map(({ place }) => place));
  // What hangs may still land on pages that a later transaction uses.
  const left = failures.filter(({ place, error }) => error.code === "DEADLINE" && written.has(place));
  const toAbort = views.filter(
    ({ place }) => !left.some((each) => each.place === place) && (named.has(place) || !broken.has(place)),
  );
  const prepared = await eachRegion(set, toAbort, {}, ({ place, superblock, blockSize }) => {
    const next = { ...superblock, highestTxid: state.txid, shadow: null, sequence: superblock.sequence + 2 };
    return write(set, place, superblockSteps(next, blockSize), emptyTally());
  });
  left.push(...prepared.filter(({ place }) => named.has(place)));
  throw left.length > 0 ? leftPrepared(first, left, failures, state) : nothingChanged(failures);
}

function leftPrepared(
  first: FailedRegion,
  left: readonly FailedRegion[],
  failures: readonly FailedRegion[],
  { txid }: State,
): DvmError {
  return new DvmError(
    "HALF_DONE",
    `${failureText(failures)}; and transaction ${txid} could not be aborted on ${failureText(left)}; ` +
      "abort it",
    { cause: first.error, details: { regions: left.map(({ place }) => place.index), txid } },
  );
}

/** The failure of an operation after which every region is as before. */
export function nothingChanged(failures: readonly FailedRegion[]): DvmError {
  const [{ error }] = failures as [FailedRegion];
  const code = error.status === 1 || error.status === 3 ? error.code : "IO";
  const details = { regions: failures.map(({ place }) => place.index) };
  return new DvmError(code, `${failureText(failures)}; nothing was changed`, { cause: error, details });
}
