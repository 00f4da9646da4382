import type { DiscoverChange, Discovery, Metadata } from "../../schema/index.ts";
import { parseDocument } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { shellWord } from "../base/shell-word.ts";
import { formatSize, type Sectors } from "../base/units.ts";
import { LABELS_LOCK } from "../port/locks.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { checkRegionSize } from "./region-size.ts";
import { findVg, withLock } from "./vg.ts";
import { warnUnseen } from "./warn-unseen.ts";

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

/** What making a VG writes: labels, regions with nothing in them, and the first metadata. */
export interface InitPlan {
  readonly summary: string;
  readonly labels: DiscoverChange;
  readonly regions: Discovery["regions"];
  readonly metadata: Metadata;
}

/**
 * Makes a VG: labels the devices, formats their regions, writes the first metadata. What can be refused is
 * refused before the first write; what fails later takes the labels off again.
 * @throws DvmError EXISTS, SIGNATURE, IN_USE, TOO_SMALL… with nothing changed; HALF_DONE naming what is left
 */
export async function initVg(sys: Sys, options: InitOptions): Promise<InitPlan> {
  checkName("VG", options.vg);
  checkRegionSize(options.regionSize);
  return options.dryRun
    ? planVg(sys, options)
    : withLock(sys, LABELS_LOCK, "exclusive", () => makeVg(sys, options));
}

async function planVg(sys: Sys, options: InitOptions): Promise<InitPlan> {
  const labels = await label(sys, options, undefined);
  const found = discoveryOf(labels);
  await writeFirst(sys, found, options, true);
  return {
    summary: summary(found),
    labels,
    regions: found.regions,
    metadata: await firstMetadata(sys, found, options),
  };
}

async function makeVg(sys: Sys, options: InitOptions): Promise<InitPlan> {
  const plan = await planVg(sys, options);
  const { labels } = plan;
  await label(sys, options, labels);
  sys.terminal.wording.call(labels.vg.id, labels.vg.name);
  try {
    await writeFirst(sys, await findVg(sys, { ...options, vg: labels.vg.id }), options, false);
  } catch (failure) {
    throw await takeBack(sys, options, labels, failure);
  }
  await warnUnseen(sys, labels.vg.id, options.devices);
  return plan;
}

/** Formats the regions, writes the first metadata. @param dryRun only refuse what would be refused */
async function writeFirst(
  sys: Sys,
  discovery: Discovery,
  { extentSize }: InitOptions,
  dryRun: boolean,
): Promise<void> {
  await sys.toolbox.call({
    applet: "tm",
    verb: "init",
    stdin: discovery,
    options: { force: true, "dry-run": dryRun },
    command: await sys.toolbox.words({
      applet: "manip",
      verb: "create-vg",
      options: { discovery: DISCOVERY_WORD, "extent-size": extentSize },
    }),
  });
}

/** Labels the devices as planned, or without a plan makes one. */
async function label(
  sys: Sys,
  options: InitOptions,
  planned: DiscoverChange | undefined,
): Promise<DiscoverChange> {
  const { each, on } = placeRegions(options);
  const [device = "", ...others] = options.devices;
  return await sys.toolbox.call({
    applet: "discover",
    verb: "add",
    operands: { vg: options.vg, device },
    options: {
      with: others,
      new: true,
      force: options.force,
      regions: each,
      "regions-on": on,
      "region-size": options.regionSize,
      "dry-run": !planned,
      ...(planned && { "vg-id": planned.vg.id, id: planned.devices.map(({ id }) => id) }),
    },
  });
}

/** As tm init is going to write it. @throws DvmError for an extent size that does not fit */
async function firstMetadata(sys: Sys, discovery: Discovery, { extentSize }: InitOptions): Promise<Metadata> {
  const bytes = await sys.toolbox.call({
    applet: "manip",
    verb: "create-vg",
    options: { discovery, "extent-size": extentSize },
  });
  return parseDocument("metadata", bytes, `of ${discovery.vg.name}`);
}

/** What discover find will give once the labels are written. */
function discoveryOf({ vg: { id, name, generation }, devices }: DiscoverChange): Discovery {
  return {
    vg: { id, name, generation },
    devices,
    regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
    missing: { count: 0 },
    duplicates: [],
  };
}

/** @returns the error to throw: the failure, or what is left when the labels cannot be taken off */
async function takeBack(
  sys: Sys,
  { vg: name, devices: paths }: InitOptions,
  { vg, devices }: DiscoverChange,
  failure: unknown,
): Promise<unknown> {
  try {
    const [device = "", ...others] = devices.map(({ id }) => id);
    await sys.toolbox.call({
      applet: "discover",
      verb: "rm",
      operands: { vg: vg.id, device },
      options: { with: others, devices: paths },
    });
    return failure;
  } catch (thrown) {
    const { message } = toDvmError(failure);
    const again = `dvm init ${name} ${paths.map(shellWord).join(" ")} --force`;
    const why = toDvmError(thrown).message;
    return new DvmError(
      "HALF_DONE",
      `${message}; and the labels cannot be taken off again: ${why}. Once that is mended, run ${again}`,
      { cause: failure },
    );
  }
}

/** How many regions a device gets, and how many devices get them. @throws DvmError USAGE */
function placeRegions({ devices, regions }: InitOptions): { each: number; on: number } {
  if (regions === undefined && devices.length < FEW_DEVICES) return { each: 2, on: devices.length };
  const wanted = regions === "all" ? devices.length : Number(regions ?? DEFAULT_REGIONS);
  if (!Number.isInteger(wanted) || wanted < 1)
    throw new DvmError("USAGE", `--regions "${regions}" is neither "all" nor a number of at least 1`);
  if (regions !== undefined && wanted > devices.length)
    throw new DvmError("USAGE", `--regions ${regions} are more than the ${plural(devices.length, "device")}`);
  return { each: 1, on: Math.min(wanted, devices.length) };
}

function summary({ vg, devices, regions }: Discovery): string {
  const space = devices.reduce((sum, device) => sum + device.dataLength, 0);
  return (
    `VG ${vg.name}: ${plural(devices.length, "device")}, ${formatSize(space)}, metadata in ` +
    `${plural(regions.length, "region")}`
  );
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
