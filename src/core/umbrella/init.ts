import type { Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { formatSize, type Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { findVg } from "./vg.ts";

/** A VG of fewer devices than this has two regions on each. */
const FEW_DEVICES = 4;
/** A larger one has a region on at most this many, unless told otherwise. */
const DEFAULT_REGIONS = 16;

export interface InitOptions {
  readonly vg: string;
  readonly devices: readonly string[];
  /** "all", a number of devices, or undefined for the default. */
  readonly regions: string | undefined;
  readonly regionSize: Sectors;
  readonly extentSize: Sectors;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/**
 * Makes a VG: labels the devices, formats their regions, writes the first metadata.
 * @returns lines for people
 * @throws DvmError EXISTS, SIGNATURE, IN_USE, TOO_SMALL… with nothing changed on the device that was refused
 */
export async function initVg(sys: Sys, options: InitOptions): Promise<string> {
  checkName("VG", options.vg);
  const { each, on } = placeRegions(options);
  const [device, ...others] = options.devices;
  if (options.dryRun) {
    const lines = options.devices.map(
      (path, i) => `would label ${path} with ${plural(i < on ? each : 0, "region")}\n`,
    );
    return lines.join("");
  }
  await sys.toolbox.call({
    applet: "discover",
    verb: "add",
    operands: { vg: options.vg, device },
    options: {
      devices: options.devices,
      with: others,
      new: true,
      force: options.force,
      regions: each,
      "regions-on": on,
      "region-size": options.regionSize,
    },
  });
  const discovery = await findVg(sys, options);
  const mutator = [
    "manip",
    "create-vg",
    "--discovery",
    "{discovery}",
    "--extent-size",
    `${options.extentSize}s`,
  ];
  await sys.toolbox.call({
    applet: "tm",
    verb: "init",
    stdin: discovery,
    options: { force: true },
    command: mutator,
  });
  return `${summary(discovery)}\n`;
}

/** How many regions a device gets, and how many devices get them. @throws DvmError USAGE */
function placeRegions({ devices, regions }: InitOptions): { each: number; on: number } {
  if (regions === undefined && devices.length < FEW_DEVICES) return { each: 2, on: devices.length };
  const wanted = regions === "all" ? devices.length : Number(regions ?? DEFAULT_REGIONS);
  if (!Number.isInteger(wanted) || wanted < 1) {
    throw new DvmError("USAGE", `--regions "${regions}" is neither "all" nor a number of at least 1`);
  }
  return { each: 1, on: Math.min(wanted, devices.length) };
}

function summary({ vg, devices, regions }: Discovery): string {
  const space = devices.reduce((sum, device) => sum + device.dataLength, 0);
  return `VG ${vg.name}: ${plural(devices.length, "device")}, ${formatSize(space)}, metadata in ${plural(regions.length, "region")}`;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
