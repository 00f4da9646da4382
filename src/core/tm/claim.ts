import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";
import { type Intent, rehearse } from "./plan-of.ts";
import { transact } from "./transact.ts";

/**
 * Makes a transaction of its own of what has to be committed before the intended one wipes anything: that
 * what free extents hold is given up. Made only where there is such a thing, and only when nothing is refused
 * that can be refused without writing.
 * @returns what is committed then
 * @throws DvmError as rehearse, as transact
 */
export async function claim(
  sys: Sys,
  intent: Intent,
): Promise<{ readonly old: Envelope; readonly txid: number }> {
  const { discovery, old, txid, next, bringsBack = false } = intent;
  const metadata = await activatorOf(sys, discovery).claim(old.metadata, next.metadata, {
    wipe: !bringsBack,
  });
  if (metadata === old.metadata) return { old, txid };
  await rehearse(sys, intent);
  const claimed = { ...old, metadata };
  const done = await transact(sys, { discovery, old, txid, next: claimed, activate: "none" });
  return { old: claimed, txid: done.txid };
}
