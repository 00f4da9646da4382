import type { Discovery, TmHistory } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { regionsOf } from "./regions.ts";
import { isHarmless, requireNone, survey } from "./survey.ts";
import { type TmLockOptions, warnReaders } from "./verify.ts";
import { withLock } from "./with-lock.ts";

/**
 * The states that the regions still hold, newest first: what read --txid and restore can be given.
 * @throws DvmError INCOMPLETE, STALE, OUT_OF_SYNC
 */
export async function listHistory(
  sys: Sys,
  discovery: Discovery,
  { lockTimeoutMs }: TmLockOptions,
): Promise<TmHistory> {
  return withLock(sys, discovery, "shared", lockTimeoutMs, async () => {
    const view = await survey(sys, discovery);
    requireNone(view, isHarmless);
    warnReaders(sys, view);
    const past = await regionsOf(sys, view.discovery).history();
    return {
      vg: { id: discovery.vg.id, name: view.envelope?.name ?? discovery.vg.name },
      // What was written at the formatting is no metadata.
      states: past
        .filter(({ readable, contentLength }) => readable && contentLength > 0)
        .map(({ txid, time, contentLength, by }) => ({
          txid,
          time,
          bytes: contentLength,
          active: txid === view.txid,
          by,
        })),
    };
  });
}
