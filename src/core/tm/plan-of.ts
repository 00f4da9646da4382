import type { Activation, Discovery, TmDifference, TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Bytes } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { among } from "./among.ts";
import { differenceOf } from "./difference.ts";
import type { Envelope } from "./envelope.ts";
import { regionsOf } from "./regions.ts";

export interface Intent {
  readonly discovery: Discovery;
  readonly old: Envelope;
  readonly txid: number;
  readonly next: Envelope;
  readonly activate: boolean;
  readonly bringsBack?: boolean;
}

/**
 * What a transaction would do: the difference of the metadata, and the programs for dm. @throws as rehearse
 */
export async function planOf(sys: Sys, intent: Intent): Promise<TmResult> {
  const { old, txid, next } = intent;
  const { plan } = await rehearse(sys, intent);
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

/**
 * Finds out whether a transaction would be refused, and changes nothing.
 * @returns the programs for dm, and how much each region would be written
 * @throws DvmError as the preparation in the regions of those who stay, and in device-mapper
 */
export async function rehearse(
  sys: Sys,
  intent: Intent,
): Promise<{ readonly plan: Activation; readonly written: Bytes }> {
  const { discovery, old, next, activate, bringsBack = false } = intent;
  const staying = among(
    discovery,
    old.members.filter((id) => next.members.includes(id)),
  );
  await refuseReadOnly(sys, staying);
  const written = await regionsOf(sys, staying).prepare(next, { newEpoch: false, dryRun: true });
  const plan = await activatorOf(sys, discovery).prepare(old.metadata, next.metadata, {
    activate,
    dryRun: true,
    wipe: !bringsBack,
  });
  return { plan, written };
}

/**
 * Devices are opened to be read only, so that nobody is told of a change: then this does not show by itself.
 */
async function refuseReadOnly(sys: Sys, { devices }: Discovery): Promise<void> {
  const paths = devices.flatMap(({ path, regions }) => (regions.length > 0 ? [path] : []));
  const candidates = await sys.scanner.look(paths);
  const barred = candidates.find(({ unwritable }) => unwritable !== undefined);
  if (barred) throw new DvmError("IO", `${barred.path}: ${barred.unwritable}`);
  const readOnly = candidates.find((candidate) => candidate.readOnly);
  if (readOnly) throw new DvmError("READ_ONLY", `${readOnly.path} is read-only`);
}
