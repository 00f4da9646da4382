import { type Discovery, parseJson, type TmResult } from "../../schema/index.ts";
import { derivedId } from "../base/derived-id.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";
import { runMutator } from "./mutate.ts";
import { type Regions, regionsOf } from "./regions.ts";
import { transact } from "./transact.ts";
import type { TmLockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface AdoptOptions extends TmLockOptions {
  /** The mutator that makes the copy's metadata out of the original's. */
  readonly command: readonly string[];
}

/**
 * Makes the content of copied regions that of the VG whose labels discover import-clone has written. What the
 * copying or an earlier call cut short is undone or finished first; a copy that is done stays as it is.
 * @throws DvmError STALE when the devices are no copy of what the regions hold, INCOMPLETE, DUPLICATE;
 *   BAD_INPUT when the mutator gives no metadata; as the mutator; as transact
 */
export async function adoptVg(sys: Sys, discovery: Discovery, options: AdoptOptions): Promise<TmResult> {
  const { vg, missing, duplicates } = discovery;
  if (missing.count > 0)
    throw new DvmError("INCOMPLETE", `${missing.count} devices of the copy ${vg.name} are missing`);
  if (duplicates.length > 0)
    throw new DvmError("DUPLICATE", `VG ${vg.name} has more than one device of one id: ${duplicates[0]?.id}`);
  return withLock(sys, discovery, "exclusive", options.lockTimeoutMs, async () => {
    const regions = regionsOf(sys, discovery);
    const txid = await finishRegions(regions);
    const old = await regions.read();
    if (!old) throw new DvmError("INCOMPLETE", `the regions of the copy ${vg.name} hold no metadata`);
    if (old.vgId === vg.id) return { txid, changed: false, summary: [] };
    const next = { ...head(discovery, old), metadata: await copied(sys, discovery, options, old) };
    const done = await transact(sys, { discovery, old: undefined, txid, next, activate: "none" });
    return { txid: done.txid, changed: true, summary: [`VG ${old.name} was copied as VG ${vg.name}`] };
  });
}

/**
 * Leaves the regions clean. No device of a copy is live, so metadata is all there is. @returns the
 * transaction
 */
async function finishRegions(regions: Regions): Promise<number> {
  const { state } = await regions.state();
  if (state === "preparing") await regions.abort();
  if (state === "committing") await regions.commit();
  return (await regions.state()).active?.txid ?? 0;
}

/** @throws DvmError STALE unless the devices are copies of the members, each of one */
function head({ vg, devices }: Discovery, old: Envelope) {
  const members = old.members.map((id) => derivedId(vg.id, id));
  const found = new Set(devices.map(({ id }) => id));
  const stale = (why: string) =>
    new DvmError("STALE", `the regions hold VG ${old.name}, and ${why}`, { details: { vgId: old.vgId } });
  const absent = old.members.filter((_, index) => !found.has(members[index] ?? ""));
  if (absent.length > 0) throw stale(`there is no copy of its devices ${absent.join(", ")}`);
  const stranger = devices.find(({ id }) => !members.includes(id));
  if (stranger) throw stale(`${stranger.path} is no copy of any of its devices`);
  return { members, generation: vg.generation, name: vg.name, vgId: vg.id };
}

async function copied(
  sys: Sys,
  discovery: Discovery,
  { command }: AdoptOptions,
  { metadata }: Envelope,
): Promise<Buffer> {
  const next = await runMutator(sys, discovery, command, metadata);
  parseJson(next, `what the mutator ${command[0]} gives`);
  await activatorOf(sys, discovery).check(next);
  return next;
}
