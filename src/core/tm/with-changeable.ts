import type { Discovery } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Envelope } from "./envelope.ts";
import { requireNoProblem, survey, type View, warnStrangers } from "./survey.ts";
import type { TmLockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface ChangeOptions extends TmLockOptions {
  readonly activate: boolean;
  readonly dryRun: boolean;
}

/** A VG that is clean, complete and as the labels know it. */
export interface Changeable {
  readonly view: View;
  readonly old: Envelope;
  readonly txid: number;
}

/**
 * Holds the lock of a VG that may be changed while `work` runs.
 * @throws DvmError LOCKED; ALREADY_PREPARED, OUT_OF_SYNC, STALE, INCOMPLETE; else what `work` throws
 */
export const withChangeable = <T>(
  sys: Sys,
  found: Discovery,
  { dryRun, lockTimeoutMs }: ChangeOptions,
  work: (changeable: Changeable) => Promise<T>,
): Promise<T> =>
  withLock(sys, found, dryRun ? "shared" : "exclusive", lockTimeoutMs, async () => {
    const view = await survey(sys, found);
    requireFinished(view);
    requireNoProblem(view);
    warnStrangers(sys, view);
    return work({
      view,
      old: defined(view.envelope, "the envelope of a whole VG"),
      txid: defined(view.txid, "the transaction of a clean VG"),
    });
  });

/** @throws DvmError ALREADY_PREPARED */
export function requireFinished({ state }: View): void {
  if (state === "preparing" || state === "committing")
    throw new DvmError("ALREADY_PREPARED", "a transaction was interrupted: run tm recover first");
}
