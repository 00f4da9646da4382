import type { Discovery, TmResult } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";
import { look, requireNoProblem, type View } from "./look.ts";
import { runMutator } from "./mutate.ts";
import { transact } from "./transact.ts";
import type { LockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface UpdateOptions extends LockOptions {
  /** The mutator and its arguments. */
  readonly command: readonly string[];
  readonly activate: boolean;
  /** The VG's new name. */
  readonly rename: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Changes the metadata by a mutator in one transaction, and the live devices with it. When the mutator gives
 * what it was given, nothing is written.
 * @throws DvmError LOCKED; ALREADY_PREPARED, OUT_OF_SYNC, STALE, INCOMPLETE; as the mutator; as transact
 */
export async function updateVg(sys: Sys, discovery: Discovery, options: UpdateOptions): Promise<TmResult> {
  const { rename, dryRun, activate } = options;
  if (rename !== undefined) checkName("VG", rename);
  return withLock(sys, discovery, dryRun ? "shared" : "exclusive", options.lockTimeoutMs, async () => {
    const view = await look(sys, discovery);
    const old = requireChangeable(view);
    const txid = defined(view.txid, "the transaction of a clean VG");
    const metadata = await runMutator(sys, discovery, options.command, old.metadata);
    const next = renamed({ ...old, metadata }, rename);
    if (next.name === old.name && metadata.equals(old.metadata))
      return { txid, changed: false, summary: ["nothing has changed"] };
    if (dryRun) {
      const activator = activatorOf(sys, discovery);
      const plan = await activator.prepare(old.metadata, metadata, { activate, dryRun: true });
      return { txid, changed: true, summary: plan.summary, plan };
    }
    const done = await transact(sys, { discovery, old, txid, next, activate });
    return { txid: done.txid, changed: true, summary: [...done.summary] };
  });
}

/** The envelope of a VG that is clean, complete and as the labels know it. */
export function requireChangeable(view: View): Envelope {
  if (view.state === "preparing" || view.state === "committing")
    throw new DvmError("ALREADY_PREPARED", "a transaction was interrupted: run tm recover first");
  requireNoProblem(view);
  return defined(view.envelope, "the envelope of a whole VG");
}

const renamed = (envelope: Envelope, name = envelope.name): Envelope =>
  name === envelope.name ? envelope : { ...envelope, name, generation: envelope.generation + 1 };
