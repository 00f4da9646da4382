/**
 * Makes a VG of LVM2 dvm's, in place (docs/lvm2.md, "Adoption"): no data moves. Until one sector is zeroed on
 * one device all of it is LVM2's, and from then on dvm's; what a crash leaves, the same command finishes, or
 * `dvm release` undoes.
 */
import { type Discovery, type DmDevice, type Metadata, parseDocument } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { formatSize } from "../base/units.ts";
import { LABELS_LOCK } from "../port/locks.ts";
import type { Sys } from "../port/sys.ts";
import { refuseUnfitLive } from "./adopt-live.ts";
import { refuseHeld } from "./refuse-held.ts";
import { liveDevices, refuseUsers } from "./refuse-live.ts";
import { findAnyVg, readMetadata, type Where, withLock, withVgLock } from "./vg.ts";

export interface AdoptionOptions extends Where {
  readonly dryRun: boolean;
}

/** @returns what was done, in a line; or the plan, for a dry run: the VG as it will be found */
export async function adoptVg(sys: Sys, options: AdoptionOptions): Promise<string | Discovery> {
  const found = await findAnyVg(sys, options);
  if (!found.vg.foreign) return takeUp(sys, found, options);
  const work = () =>
    withVgLock(sys, found, async (discovery) => {
      await refuseUsers(sys, discovery);
      const live = await liveDevices(sys, discovery, await readMetadata(sys, discovery));
      const own = await planned(sys, discovery, live);
      return options.dryRun ? own : adopt(sys, discovery);
    });
  return options.dryRun ? work() : withLock(sys, LABELS_LOCK, "exclusive", work);
}

/** A VG that is dvm's already: what is left of its adoption, or of a release that was broken off, is done. */
async function takeUp(sys: Sys, { vg }: Discovery, options: AdoptionOptions): Promise<string> {
  if (vg.converting === undefined)
    throw new DvmError("EXISTS", `VG ${vg.name} is dvm's: there is nothing to adopt`);
  if (options.dryRun) return `VG ${vg.name} is dvm's; what is left of the change would be put away`;
  return withLock(sys, LABELS_LOCK, "exclusive", async () => {
    const discovery = await findAnyVg(sys, { ...options, vg: vg.id });
    await finishAsOwn(sys, discovery, vg.converting ?? "");
    return adopted(discovery);
  });
}

/** Refuses what would be refused. @param live of it, as LVM2 made it; it stays so */
async function planned(sys: Sys, { vg, devices }: Discovery, live: readonly DmDevice[]): Promise<Discovery> {
  const own = await findOwn(sys, vg.id, devices);
  await refuseHeld(sys, own, live);
  if (live.length > 0) {
    const metadata = await readOwn(sys, vg.id, own);
    await refuseUnfitLive(sys, { live, metadata, discovery: own });
  }
  await writeFirst(sys, vg.id, own, true);
  await convert(sys, own, deciderOf(own), true);
  return own;
}

async function adopt(sys: Sys, { vg, devices }: Discovery): Promise<string> {
  const options = { devices: devices.map(({ path }) => path) };
  await sys.toolbox.call({ applet: "lvm2", verb: "seal", operands: { vg: vg.id }, options });
  // The text that was just written is the one that everything follows from.
  const own = await findOwn(sys, vg.id, devices);
  const decider = deciderOf(own);
  await writeFirst(sys, vg.id, own, false);
  await convert(sys, own, decider, false);
  await finishAsOwn(sys, own, decider);
  return adopted(own);
}

/** The first write makes the VG dvm's, if it is not yet; the rest puts away what LVM2 had. */
export async function finishAsOwn(sys: Sys, discovery: Discovery, decider: string): Promise<void> {
  await sys.toolbox.call({ applet: "lvm2", verb: "unlabel", options: { discovery, decider } });
  await sys.toolbox.call({ applet: "discover", verb: "relabel", options: { discovery, converted: true } });
  await refreshLvm2(sys, discovery);
}

/** LVM2 is not to go by what it knew of these devices. */
export async function refreshLvm2(sys: Sys, { devices }: Pick<Discovery, "devices">): Promise<void> {
  const operands = { device: devices.map(({ path }) => path) };
  await sys.toolbox.call({ applet: "lvm2", verb: "refresh", operands });
}

async function readOwn(sys: Sys, vg: string, { devices }: Discovery): Promise<Metadata> {
  const options = { own: true, devices: devices.map(({ path }) => path) };
  const bytes = await sys.toolbox.call({ applet: "lvm2", verb: "read", operands: { vg }, options });
  return parseDocument("metadata", bytes, `of ${vg}`);
}

const findOwn = (sys: Sys, vg: string, devices: Discovery["devices"]): Promise<Discovery> =>
  sys.toolbox.call({
    applet: "lvm2",
    verb: "find",
    operands: { vg },
    options: { own: true, devices: devices.map(({ path }) => path) },
  });

/** Formats the regions and writes the metadata. @param dryRun only refuse what would be refused */
async function writeFirst(sys: Sys, vg: string, own: Discovery, dryRun: boolean): Promise<void> {
  await sys.toolbox.call({
    applet: "tm",
    verb: "init",
    stdin: own,
    options: { force: true, "beside-lvm2": true, "dry-run": dryRun },
    command: await sys.toolbox.words({
      applet: "lvm2",
      verb: "read",
      operands: { vg },
      options: { own: true, devices: own.devices.map(({ path }) => path) },
    }),
  });
}

async function convert(sys: Sys, discovery: Discovery, decider: string, dryRun: boolean): Promise<void> {
  const options = { discovery, decider, "dry-run": dryRun };
  await sys.toolbox.call({ applet: "discover", verb: "convert", options });
}

const deciderOf = ({ devices: [first] }: Discovery): string => defined(first, "a device").id;

function adopted({ vg, devices, regions }: Discovery): string {
  const size = formatSize(devices.reduce((sum, { dataLength }) => sum + dataLength, 0));
  return `VG ${vg.name} is dvm's: ${devices.length} devices, ${size}, metadata in ${regions.length} regions`;
}
