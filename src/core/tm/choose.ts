import type { Discovery, TmRecovered } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { keepBackup } from "./backup.ts";
import { type Held, heldBy } from "./classify.ts";
import type { Envelope } from "./envelope.ts";
import { finishDevices, recovered, type TmRecoverOptions } from "./recover.ts";
import { regionsAt, regionsOf } from "./regions.ts";
import { shortly, survey, type View } from "./survey.ts";
import { transact } from "./transact.ts";
import { withLock } from "./with-lock.ts";

export interface ChooseOptions extends TmRecoverOptions {
  /** TXID, or TXID:HASH with the beginning of the hash when there are several of one id. */
  readonly choose: string;
}

/**
 * Settles a split brain: one of the states that regions hold becomes the VG's on every device that is there,
 * as a new transaction in a new epoch. So does the only one, where labels tell of a later one that nobody
 * holds. The other states are lost; with tm.backup in the config their metadata is kept in files first.
 * @throws DvmError USAGE for no state's name, NOT_FOUND when no region holds it, DECIDED when there is
 *   nothing to choose, CORRUPT when it cannot be read
 */
export async function choose(sys: Sys, found: Discovery, options: ChooseOptions): Promise<TmRecovered> {
  return withLock(sys, found, "exclusive", options.lockTimeoutMs, async () => {
    const held = await heldBy(sys, found, await regionsOf(sys, found).state());
    const chosen = pick(found, held, options.choose);
    const envelope = chosen.envelope;
    if (!envelope)
      throw new DvmError("CORRUPT", `state ${shortly(chosen)} holds no metadata of VG ${found.vg.name}`);
    for (const state of held)
      if (state.envelope && state !== chosen)
        await keepBackup(sys, state.envelope, state.txid, state.contentHash);
    // What the halves have done to each other's free extents is in nobody's past.
    const metadata = await activatorOf(sys, found).account(undefined, envelope.metadata);
    const summary = [`chose transaction ${shortly(chosen)}`];
    await overwrite(sys, found, chosen);
    const after = await join(sys, found, { old: envelope, metadata }, chosen, summary);
    if (options.activate) await finishDevices(sys, after, summary);
    return recovered({ state: "out-of-sync" }, after, summary);
  });
}

function pick(found: Discovery, held: readonly Held[], word: string): Held {
  const { vg } = found;
  const [, txid, hash = ""] = /^(\d{1,15})(?::([0-9a-f]{1,64}))?$/.exec(word) ?? [];
  if (txid === undefined) throw new DvmError("USAGE", `--choose "${word}" is no TXID or TXID:HASH`);
  const known = held.map(shortly).join(", ");
  const newest = held.find((one) => one.newest);
  if (newest && !isBehindLabels(newest, found))
    throw new DvmError(
      "DECIDED",
      `nothing to choose in VG ${vg.name}: ${shortly(newest)} comes after all others; tm verify says ` +
        "what is left to do",
    );
  const fitting = held.filter((one) => one.txid === Number(txid) && one.contentHash.startsWith(hash));
  const [one] = fitting;
  if (!one) throw new DvmError("NOT_FOUND", `VG ${vg.name} has no state ${word} to choose; it has ${known}`);
  if (fitting.length > 1)
    throw new DvmError("USAGE", `${word} may be any of ${fitting.map(shortly).join(", ")}: name more of it`);
  return one;
}

/** Labels tell of a later membership than the newest state that is there: what is missing knows more. */
const isBehindLabels = ({ envelope }: Held, { vg }: Discovery): boolean =>
  envelope !== undefined && vg.generation > envelope.generation;

/** Brings every region to the chosen state. */
async function overwrite(sys: Sys, found: Discovery, chosen: Held): Promise<void> {
  const source = regionsAt(sys, chosen.regions);
  const { state } = await source.state();
  if (state === "preparing") await source.abort();
  const others = found.regions.filter((region) => !chosen.regions.includes(region));
  if (others.length > 0) await regionsAt(sys, others).sync(chosen.regions, true);
}

/** Makes every device that is there a member, in a new epoch: whoever is away may know another past. */
async function join(
  sys: Sys,
  discovery: Discovery,
  { old, metadata }: { readonly old: Envelope; readonly metadata: Buffer },
  { txid }: Held,
  summary: string[],
): Promise<View> {
  const present = discovery.devices.map(({ id }) => id);
  const members = [...new Set([...old.members, ...present])].sort();
  const generation = Math.max(old.generation, discovery.vg.generation) + 1;
  const next = { ...old, metadata, members, generation };
  const done = await transact(sys, { discovery, old, txid, next, activate: "none", newEpoch: true });
  summary.push(`all ${present.length} devices hold it now, as transaction ${done.txid}`);
  return survey(sys, discovery);
}
