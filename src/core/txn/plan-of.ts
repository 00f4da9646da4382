import type { Discovery, TmDifference, TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { differenceOf } from "./difference.ts";
import type { Envelope } from "./envelope.ts";

export interface Intent {
  readonly discovery: Discovery;
  readonly old: Envelope;
  readonly txid: number;
  readonly next: Envelope;
  readonly activate: boolean;
  readonly bringsBack?: boolean;
}

/** What a transaction would do: the difference of the metadata, and the programs for dm. Changes nothing. */
export async function planOf(sys: Sys, intent: Intent): Promise<TmResult> {
  const { discovery, old, txid, next, activate, bringsBack = false } = intent;
  const plan = await activatorOf(sys, discovery).prepare(old.metadata, next.metadata, {
    activate,
    dryRun: true,
    wipe: !bringsBack,
  });
  const { entries, leftOut } = differenceOf(old.metadata, next.metadata);
  return {
    txid,
    changed: true,
    summary: plan.summary,
    plan,
    difference: [...entries] as TmDifference[],
    ...(leftOut > 0 && { differencesLeftOut: leftOut }),
  };
}
