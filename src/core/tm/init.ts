import { type Discovery, parseJson, type TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { type Envelope, encodeEnvelope } from "./envelope.ts";
import { runMutator } from "./mutate.ts";
import { type Regions, regionsOf } from "./regions.ts";
import { transact } from "./transact.ts";
import type { TmLockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface TmInitOptions extends TmLockOptions {
  /** The mutator that makes the first metadata out of nothing. */
  readonly command: readonly string[];
  /** Over regions that are formatted already: what they hold is lost. */
  readonly force: boolean;
  /** Also where LVM2 has LVs live: where it has made room for them. */
  readonly besideLvm2?: boolean;
  /** Refuse what would be refused, and change nothing. */
  readonly dryRun: boolean;
}

/**
 * Formats the regions and writes the first envelope; its members are the devices of the discovery document.
 * The mutator runs first, and whether what it gives is metadata and fits is known before the first write, so
 * that a refusal leaves the regions as they were. An init that was interrupted before it had written metadata
 * is simply begun again.
 * @throws DvmError EXISTS when the regions are formatted, INCOMPLETE, DUPLICATE; BAD_INPUT, UNSUPPORTED,
 *   TOO_LARGE for the metadata; as the mutator; as transact
 */
export async function initVg(sys: Sys, discovery: Discovery, options: TmInitOptions): Promise<TmResult> {
  const { vg, missing, duplicates } = discovery;
  const { command, force, dryRun, besideLvm2 = false } = options;
  if (missing.count > 0)
    throw new DvmError(
      "INCOMPLETE",
      `${missing.count} devices that are labelled for VG ${vg.name} are missing`,
    );
  if (duplicates.length > 0)
    throw new DvmError("DUPLICATE", `VG ${vg.name} has more than one device of one id: ${duplicates[0]?.id}`);
  return withLock(sys, discovery, dryRun ? "shared" : "exclusive", options.lockTimeoutMs, async () => {
    const regions = regionsOf(sys, discovery);
    const next = await firstEnvelope(sys, discovery, command);
    const room = encodeEnvelope(next).length;
    if (force || dryRun || !(await isEmpty(regions)))
      await regions.format({ force, room, dryRun, besideLvm2 });
    const before = (await regions.state()).active?.txid ?? 0;
    if (dryRun) return { txid: before, changed: true, summary: [] };
    const { txid } = await transact(sys, { discovery, old: undefined, txid: before, next, activate: "none" });
    return { txid, changed: true, summary: [`wrote the first metadata of VG ${vg.name}`] };
  });
}

async function firstEnvelope(sys: Sys, discovery: Discovery, command: readonly string[]): Promise<Envelope> {
  const metadata = await runMutator(sys, discovery, command, new Uint8Array());
  parseJson(metadata, `what the mutator ${command[0]} gives`);
  const activator = activatorOf(sys, discovery);
  await activator.check(metadata);
  const { vg, devices } = discovery;
  const members = devices.map(({ id }) => id);
  const first = await activator.account(undefined, metadata);
  return { members, generation: vg.generation, name: vg.name, vgId: vg.id, metadata: first };
}

/** Formatted, and nothing written yet. */
async function isEmpty(regions: Regions): Promise<boolean> {
  const { state } = await regions.state();
  return state === "clean" && (await regions.read()) === undefined;
}
