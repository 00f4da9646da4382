/** Reads the content that all regions agree on, from whichever has it whole. */
import { DvmError } from "../base/error.ts";
import type { RegionAddress } from "./disk/place.ts";
import { chainsOf } from "./history.ts";
import { damageReporter } from "./set/damage-reporter.ts";
import { gather } from "./set/gather.ts";
import { holdersOf } from "./set/holders.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import { requireInSync } from "./set/require-state.ts";

/**
 * The content, or with `txid` that of an older state that the rings have not overwritten yet.
 * Damage is warned about and worked around where another region has the page.
 * @throws DvmError OUT_OF_SYNC, NOT_FOUND (no such transaction, or overwritten), CORRUPT (a page is good
 *   nowhere)
 */
export const read = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  txid: number | undefined,
): Promise<Buffer> =>
  withRegionSet(sys, regions, { write: false, thorough: false }, async (set) => {
    const { state } = requireInSync(set);
    const warn = damageReporter(sys);
    for (const { place, problems } of set.views) for (const problem of problems) warn.text(place, problem);
    if (txid !== undefined && txid !== state.content.root.state.txid) return readPast(set, txid);
    if (state.kind === "preparing")
      sys.terminal.warn("a transaction is prepared; this is the content from before it", "interrupted");
    if (state.kind === "committing")
      sys.terminal.warn("a transaction is half committed; this is its content", "interrupted");
    return gather(set, holdersOf(set.views, state.content), warn.damage);
  });

/** That a page of an old state is bad means nothing but that its time is over. */
async function readPast(set: RegionSet, txid: number): Promise<Buffer> {
  const past = (await chainsOf(set)).find(({ state }) => state.txid === txid);
  if (!past)
    throw new DvmError("NOT_FOUND", `no region has transaction ${txid} any more, if there ever was one`);
  try {
    return await gather(set, past.holders, () => undefined);
  } catch (error) {
    if (!(error instanceof DvmError) || error.code !== "CORRUPT") throw error;
    throw new DvmError("NOT_FOUND", `transaction ${txid} has been overwritten in part: ${error.message}`, {
      cause: error,
    });
  }
}
