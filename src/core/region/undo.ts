import { DvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { type Failed, failed, failureText } from "./outcome.ts";
import { perform } from "./perform.ts";
import type { Place } from "./place.ts";
import type { RegionSet } from "./region-set.ts";
import type { State } from "./root.ts";
import type { Usable } from "./set-state.ts";
import { superblockSteps } from "./superblock-write.ts";

/**
 * Ends a prepare that failed on some region: takes the shadow away again wherever it may have been written.
 * @param written regions that were sent a write
 * @param named regions whose superblock was
 * @throws DvmError always: why it failed when all are as before, HALF_DONE when one may be left prepared
 */
export async function undo(
  set: RegionSet,
  views: readonly Usable[],
  state: State,
  failures: readonly Failed[],
  written: ReadonlySet<Place>,
  named: ReadonlySet<Place>,
): Promise<never> {
  const [first] = failures as [Failed];
  // What hangs may still land on pages that a later transaction uses.
  const left = failures.filter(({ place, error }) => error.code === "DEADLINE" && written.has(place));
  const toAbort = views.filter(({ place }) => named.has(place) && !left.some((each) => each.place === place));
  await inParallel(toAbort, set.inFlight, async (view) => {
    const { place } = view;
    const { superblock } = view;
    const next = { ...superblock, highestTxid: state.txid, shadow: null, sequence: superblock.sequence + 2 };
    try {
      await set.with(place, (device) =>
        perform(device, place, superblockSteps(next, view.blockSize), () => undefined),
      );
    } catch (error) {
      left.push(failed(place, error));
    }
  });
  const text = `${failureText(failures)}; `;
  const details = { regions: left.map(({ place }) => place.index) };
  if (left.length > 0) {
    throw new DvmError(
      "HALF_DONE",
      `${text}and transaction ${state.txid} could not be aborted on ${failureText(left)}`,
      {
        cause: first.error,
        details,
      },
    );
  }
  const code = first.error.status === 1 || first.error.status === 3 ? first.error.code : "IO";
  throw new DvmError(code, `${text}nothing was changed`, { cause: first.error, details });
}
