import type { DiscoveredDevice, Discovery, TmResult } from "../../schema/index.ts";
import type { Bytes, Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { afterUndo } from "./after-undo.ts";
import { withDevices } from "./among.ts";
import { claim } from "./claim.ts";
import { type Envelope, encodeEnvelope } from "./envelope.ts";
import { PENDING, wipeLabels } from "./labels.ts";
import { runMutator } from "./mutate.ts";
import { planOf, rehearse } from "./plan-of.ts";
import { regionsOf } from "./regions.ts";
import { isForRecovery, transact } from "./transact.ts";
import type { MutateOptions } from "./update.ts";
import { withChangeable } from "./with-changeable.ts";
import { withMetadata } from "./with-metadata.ts";

export interface TmExpandOptions extends MutateOptions {
  /** Paths of the devices to add. */
  readonly devices: readonly string[];
  /** Regions on each of them; one when undefined, as long as fewer than 16 devices have any. */
  readonly regions: number | undefined;
  /** Of each region; as the shortest of the VG when undefined. */
  readonly regionSize: Sectors | undefined;
  /** Wipe what is on the devices. */
  readonly force: boolean;
}

/** Devices that carry regions unless more are asked for. */
const ENOUGH_CARRIERS = 16;

/**
 * Adds devices in one transaction. The mutator runs first, on ids that the devices are going to have, and the
 * transaction is rehearsed, so that whatever is refused leaves them as they were. Then they are labelled,
 * with labels that say that this is under way; their regions are formatted and brought to the state of the
 * others; then the envelope that has them for members is committed; then all labels say so.
 * @throws DvmError as discover add, the mutator, transact; SIGNATURE, IN_USE, TOO_SMALL, EXISTS…
 */
export async function expandVg(sys: Sys, found: Discovery, options: TmExpandOptions): Promise<TmResult> {
  const { dryRun, activate, command } = options;
  return withChangeable(sys, found, options, async ({ view: { discovery: before }, old, txid }) => {
    const planned = await label(sys, before, old, options, undefined);
    const ids = planned.map(({ id }) => id);
    const discovery = withDevices(before, [...before.devices, ...planned]);
    const metadata = await runMutator(sys, discovery, command, old.metadata);
    const next = {
      ...(await withMetadata(sys, discovery, old, metadata)),
      members: [...old.members, ...ids].sort(),
      generation: old.generation + 1,
    };
    const intent = { discovery, old, txid, next, activate };
    const added = withDevices(discovery, planned);
    const { written } = await rehearse(sys, intent);
    await formatNew(sys, added, { room: encodeEnvelope(old).length + written, dryRun: true });
    if (dryRun) return planOf(sys, intent);
    const base = await claim(sys, intent);
    await label(sys, before, old, options, ids);
    try {
      await formatNew(sys, added, { room: 0, dryRun: false });
      if (added.regions.length > 0) await regionsOf(sys, added).sync(before.regions, true);
      const done = await transact(sys, {
        discovery,
        ...base,
        next,
        activate: activate ? "devices" : "check",
      });
      const told = planned.map(({ id, path }) => `added ${path} as ${id}`);
      return { txid: done.txid, changed: true, summary: [...told, ...done.summary] };
    } catch (failure) {
      if (isForRecovery(failure)) throw failure;
      throw await afterUndo(failure, "a label could not be wiped", () => wipeLabels(sys, discovery, ids));
    }
  });
}

/**
 * Labels the devices, or without ids finds out which ones they would be.
 * @returns them as discover find would give them
 */
async function label(
  sys: Sys,
  { vg, devices, regions }: Discovery,
  { generation }: Envelope,
  { devices: [device = "", ...others], regions: count, regionSize, force }: TmExpandOptions,
  ids: readonly string[] | undefined,
): Promise<readonly DiscoveredDevice[]> {
  const carriers = devices.filter((each) => each.regions.length > 0).length;
  const shortest = Math.min(...regions.map(({ length }) => length));
  const placing =
    count === undefined
      ? { regions: 1, "regions-on": Math.max(0, ENOUGH_CARRIERS - carriers) }
      : { regions: count };
  const added = await sys.toolbox.call({
    applet: "discover",
    verb: "add",
    operands: { vg: vg.id, device },
    options: {
      with: others,
      ...placing,
      "region-size": regionSize ?? shortest,
      force,
      generation,
      members: PENDING,
      devices: devices.map(({ path }) => path),
      ...(ids ? { id: ids } : { "dry-run": true }),
    },
  });
  return added.devices;
}

/** Formats the regions of new devices: whatever is there belongs to a device that was free to take. */
async function formatNew(
  sys: Sys,
  added: Discovery,
  options: { readonly room: Bytes; readonly dryRun: boolean },
): Promise<void> {
  if (added.regions.length > 0) await regionsOf(sys, added).format({ force: true, ...options });
}
