import type { Discovery, TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { claim } from "./claim.ts";
import type { Envelope } from "./envelope.ts";
import { runMutator } from "./mutate.ts";
import { planOf } from "./plan-of.ts";
import { transact } from "./transact.ts";
import { type Changeable, type ChangeOptions, withChangeable } from "./with-changeable.ts";
import { withMetadata } from "./with-metadata.ts";

export interface ChangeRules extends ChangeOptions {
  /** LVs may come back that were there before. */
  readonly bringsBack: boolean;
}

export interface MutateOptions extends ChangeOptions {
  /** The mutator and its arguments. */
  readonly command: readonly string[];
}

export interface UpdateOptions extends MutateOptions {
  /** The name that the mutator is to give the VG; whatever it gives, when undefined. */
  readonly rename: string | undefined;
}

/**
 * Changes the metadata by a mutator in one transaction, and the live devices with it. When the mutator gives
 * what it was given, nothing is written.
 * @throws DvmError LOCKED; ALREADY_PREPARED, OUT_OF_SYNC, STALE, INCOMPLETE; BAD_INPUT when the mutator gives
 *   the VG another name than it was to; as the mutator; as transact
 */
export async function updateVg(sys: Sys, discovery: Discovery, options: UpdateOptions): Promise<TmResult> {
  const { rename } = options;
  return changeVg(sys, discovery, { ...options, bringsBack: false }, async ({ view, old }) => {
    const metadata = await runMutator(sys, view.discovery, options.command, old.metadata);
    const next = await withMetadata(sys, view.discovery, old, metadata);
    if (rename !== undefined && next.name !== rename)
      throw new DvmError(
        "BAD_INPUT",
        `the mutator names the VG ${next.name}, not ${rename} as --rename says`,
      );
    return next;
  });
}

/**
 * Makes one transaction of what `change` makes of the envelope, among the same members.
 * @throws DvmError as updateVg
 */
export async function changeVg(
  sys: Sys,
  found: Discovery,
  rules: ChangeRules,
  change: (changeable: Changeable) => Promise<Envelope>,
): Promise<TmResult> {
  const { activate, dryRun, bringsBack } = rules;
  return withChangeable(sys, found, rules, async (changeable) => {
    const { view, old, txid } = changeable;
    const { discovery } = view;
    const next = await change(changeable);
    if (next.name === old.name && next.metadata.equals(old.metadata))
      return { txid, changed: false, summary: ["nothing has changed"] };
    const intent = { discovery, old, txid, next, activate, bringsBack };
    if (dryRun) return planOf(sys, intent);
    const done = await transact(sys, {
      discovery,
      ...(await claim(sys, intent)),
      next,
      activate: activate ? "devices" : "check",
      bringsBack,
    });
    return { txid: done.txid, changed: true, summary: [...done.summary] };
  });
}
