import type { Discovery, TmResult } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { exactSize, MEBIBYTE_BYTES, roundUp, SECTOR, type Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { allRuns } from "../volume/model.ts";
import { endOf } from "../volume/runs.ts";
import { pvNamer } from "./pv-ids.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

const MEBIBYTE: Sectors = MEBIBYTE_BYTES / SECTOR;

export interface ResizePvOptions extends Where {
  /** Path or id of the member. */
  readonly resized: string;
  /** As its device is now when undefined. */
  readonly size: Sectors | undefined;
  readonly dryRun: boolean;
}

/**
 * Takes up what a device has grown by, or makes it ready to be made smaller:
 * discover find | tm resize DEVICE -- manip pv-size.
 * @throws DvmError IN_USE when an LV has extents behind that, TOO_SMALL when no extent has room, both with
 *   the least size that is possible; as those do
 */
export async function resizePv(
  sys: Sys,
  { resized, size, dryRun, ...where }: ResizePvOptions,
): Promise<TmResult> {
  const discovery = await findVg(sys, where);
  const id = await pvNamer(sys, discovery)(resized);
  const command = await sys.toolbox.words({
    applet: "manip",
    verb: "pv-size",
    options: { pv: id, discovery: DISCOVERY_WORD },
  });
  const options = { size, "dry-run": dryRun };
  const call = { applet: "tm", verb: "resize", operands: { device: id }, options, command } as const;
  try {
    return await sys.toolbox.call({ ...call, stdin: discovery });
  } catch (thrown) {
    const { code, message, details } = toDvmError(thrown);
    if (size === undefined || (code !== "IN_USE" && code !== "TOO_SMALL")) throw thrown;
    const least = await leastSize(sys, discovery, id).catch(() => undefined);
    if (least === undefined || least <= size) throw thrown;
    const told = `${message}; the least that is possible now is --size ${exactSize(least)}`;
    throw new DvmError(code, told, { cause: thrown, details });
  }
}

/** @returns how large the device of a PV has to be for its LVs; undefined when it has to stay as it is */
async function leastSize(sys: Sys, discovery: Discovery, id: string): Promise<Sectors | undefined> {
  const { lvs, vg } = await readMetadata(sys, discovery);
  const ends = lvs.flatMap((lv) => allRuns(lv).flatMap((run) => (run.pv === id ? [endOf(run)] : [])));
  const needed = ends.reduce((most, end) => Math.max(most, end), 1) * vg.extentSize;
  const device = discovery.devices.find((each) => each.id === id);
  if (!device) return;
  const behind = device.regions.filter(({ offset }) => offset > device.dataStart);
  const room = behind.reduce((sum, { length }) => sum + roundUp(length, MEBIBYTE), 0);
  const least = roundUp(device.dataStart + needed, MEBIBYTE) + room;
  const options = { size: least, "dry-run": true, devices: discovery.devices.map(({ path }) => path) };
  const operands = { vg: discovery.vg.id, device: id };
  const divided = await sys.toolbox.call({ applet: "discover", verb: "resize", operands, options });
  return divided.devices.some(({ dataLength }) => dataLength >= needed) ? least : undefined;
}
