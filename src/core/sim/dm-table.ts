/** Tables of the simulated kernel: what dm-table.c and the targets' constructors check. */
import type { TableLine } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import { joinArgs, splitArgs } from "../dm/args.ts";
import { mapDevices } from "../dm/references.ts";
import type { Cache } from "../dm/targets/cache.ts";
import { knownTarget } from "../dm/targets/index.ts";
import { checkMirrorLog, decodeMirrorLog } from "../dm/targets/mirror.ts";
import type { Snapshot } from "../dm/targets/snapshot.ts";
import { type Target, TargetRefusal } from "../dm/targets/target.ts";
import type { Thin } from "../dm/targets/thin.ts";
import type { ThinPool } from "../dm/targets/thin-pool.ts";
import type { Writecache } from "../dm/targets/writecache.ts";
import { DmRefused } from "../port/dm.ts";
import { constructCache, constructSnapshot, constructWritecache } from "./dm-formats.ts";
import { SIM_MAJOR, type SimDevice, type SimState, type SimTable } from "./dm-state.ts";
import { constructPool, constructThin } from "./dm-thin.ts";

/** A device that is none of the simulated ones: its size and the token by which tables show it. */
export type LeafSize = (token: string) => { readonly size: Sectors; readonly token: string } | undefined;

/**
 * Runs the constructors.
 * @throws DmRefused with the errno and the reason that the kernel logs
 */
export function buildTable(
  state: SimState,
  device: SimDevice,
  lines: readonly TableLine[],
  readOnly: boolean,
  leafSize: LeafSize,
): SimTable {
  const refuse = (reason: string, errno = "EINVAL") => new DmRefused("load", device.name, { errno, reason });
  if (lines.length === 0) throw refuse("no targets specified");
  const built: Built[] = [];
  let end = 0;
  for (const line of lines) {
    if (built[0]?.target.features.singleton)
      throw refuse(`target type ${built[0].line.type} must appear alone in table`);
    if (line.length === 0) throw refuse("zero-length target");
    const target = knownTarget(line.type);
    if (!target) throw refuse(`${line.type}: unknown target type`);
    try {
      checkFeatures(target, built, readOnly);
      if (line.start !== end) throw new TargetRefusal("Gap in table");
      built.push(construct(state, device, target, line, leafSize));
    } catch (thrown) {
      if (thrown instanceof TargetRefusal) throw refuse(`${line.type}: ${thrown.reason}`, thrown.errno);
      throw thrown;
    }
    end += line.length;
  }
  const immutable = device.live?.lines[0] && knownTarget(device.live.lines[0].type);
  if (
    immutable?.features.immutable &&
    built.some(({ target }) => target !== immutable && !target.features.wildcard)
  )
    throw refuse(`can't replace immutable target type ${immutable.type}`);
  return {
    lines: built.map(({ line }) => line),
    readOnly,
    uses: [...new Set(built.flatMap(({ uses }) => uses))],
    needs: built.flatMap(({ needs }) => needs),
  };
}

/** Why the table does not fit its devices as they are now, as the kernel finds when it calculates limits. */
export function outgrown(state: SimState, table: SimTable, leafSize: LeafSize): string | undefined {
  for (const { device, start, length } of table.needs) {
    const size = sizeOfDevice(state, device, leafSize);
    // A device without a table has size 0, which the kernel takes for unknown.
    if (size === undefined || size === 0 || length === 0) continue;
    if (start >= size || start + length > size)
      return `${device} too small for target: start=${start}, len=${length}, dev_size=${size}`;
  }
  return undefined;
}

export const lengthOf = ({ lines }: SimTable): Sectors => lines.reduce((sum, { length }) => sum + length, 0);

/** The simulated device that a token means: by number, or by one of the names that udev gives it. */
export function deviceOf(state: SimState, token: string): SimDevice | undefined {
  const minor = new RegExp(`^(?:${SIM_MAJOR}:|/dev/dm-)(\\d+)$`).exec(token)?.[1];
  if (minor !== undefined) return state.devices.find((device) => device.minor === Number(minor));
  const name = /^\/dev\/mapper\/(.+)$/.exec(token)?.[1];
  return name === undefined ? undefined : state.devices.find((device) => device.name === name);
}

interface Built {
  readonly target: Target<unknown>;
  readonly line: TableLine;
  readonly uses: readonly string[];
  readonly needs: SimTable["needs"];
}

function checkFeatures(target: Target<unknown>, before: readonly Built[], readOnly: boolean): void {
  const { singleton, alwaysWritable, immutable } = target.features;
  if (singleton && before.length > 0)
    throw new TargetRefusal("singleton target type must appear alone in table");
  if (alwaysWritable && readOnly)
    throw new TargetRefusal("target type may not be included in a read-only table");
  const first = before.find(({ target: each }) => each.features.immutable);
  if ((first && first.target !== target) || (immutable && !first && before.length > 0))
    throw new TargetRefusal("immutable target type cannot be mixed with other target types");
}

/** Refusals that do not wait for the devices to be opened. */
const AT_ONCE = new Set([
  "Invalid argument count",
  "Insufficient args",
  "Bad number of arguments",
  "Invalid type",
  "Error setting origin device",
]);
const ABOUT_STORES = /store|chunk/i;
const ABOUT_FEATURES = /feature|Too many/;
const ABOUT_MEMBERS = /divisible|No data device|Unable to rebuild|Failed to run/;

/** Whether a target has opened its devices, in vain or not, by the time that it refuses for this reason. */
const HAS_OPENED: Readonly<Record<string, (reason: string) => boolean>> = {
  thin: (reason) => !AT_ONCE.has(reason),
  cache: (reason) => !AT_ONCE.has(reason),
  writecache: (reason) => !AT_ONCE.has(reason),
  raid: (reason) => ABOUT_MEMBERS.test(reason),
  mirror: (reason) => ABOUT_FEATURES.test(reason),
  snapshot: (reason) => ABOUT_STORES.test(reason),
  "snapshot-merge": (reason) => ABOUT_STORES.test(reason),
};

function checkParams(state: SimState, target: Target<unknown>, line: TableLine, leafSize: LeafSize): void {
  if (line.type === "mirror") createMirrorLog(state, line, leafSize);
  try {
    target.check(target.decodeParams(line.params), line);
  } catch (thrown) {
    if (!(thrown instanceof TargetRefusal)) throw thrown;
    if (ABOUT_OFFSETS.has(thrown.reason)) openBeforeBadOffset(state, target, line, leafSize);
    if (HAS_OPENED[line.type]?.(thrown.reason)) mapDevices(line, (token) => open(state, token, leafSize));
    throw thrown;
  }
}

/** Offsets that are read one by one, each before its device is opened. */
const ABOUT_OFFSETS = new Set(["Couldn't parse stripe destination", "Invalid offset"]);

function openBeforeBadOffset(
  state: SimState,
  target: Target<unknown>,
  line: TableLine,
  leafSize: LeafSize,
): void {
  const words = splitArgs(line.params);
  const at = target.devicePositions(words);
  const isBad = (position: number) => !/^\d+$/.test(words[position + 1] ?? "");
  if (line.type === "striped") {
    // Were the offsets right, would there be something else, that is found earlier?
    const right = words.map((word, index) => (at.includes(index - 1) ? "0" : word));
    target.check(target.decodeParams(joinArgs(right)), line);
  }
  for (const position of at) {
    if (isBad(position)) return;
    open(state, words[position] ?? "", leafSize);
  }
}

/** Comes before everything else about a mirror. Whatever is wrong with the log's device, there is one word for it. */
function createMirrorLog(state: SimState, line: TableLine, leafSize: LeafSize): void {
  const log = decodeMirrorLog(splitArgs(line.params));
  checkMirrorLog(log, line);
  if (log.device === undefined) return;
  try {
    open(state, log.device, leafSize);
  } catch {
    throw new TargetRefusal("Error creating mirror dirty log");
  }
}

/** Targets that look at the sizes of their devices by themselves, at load. */
const MEASURES_AT_LOAD = new Set(["raid", "cache"]);
/** Targets that print their options as they were given, not in an order of their own. */
const PRINTS_AS_GIVEN = new Set(["cache"]);

function construct(
  state: SimState,
  device: SimDevice,
  target: Target<unknown>,
  line: TableLine,
  leafSize: LeafSize,
): Built {
  checkParams(state, target, line, leafSize);
  const uses: string[] = [];
  const shown = mapDevices(line, (token) => {
    const resolved = open(state, token, leafSize);
    uses.push(resolved);
    return resolved;
  });
  // Printed as the kernel prints them: in its order, whatever the order of the options was.
  const params = target.decodeParams(shown.params);
  const needs = target.areas(params, line);
  const { start, length, type } = line;
  if (MEASURES_AT_LOAD.has(type)) checkSizes(state, needs, leafSize);
  const lookup = (token: string) => deviceOf(state, token);
  if (type === "thin-pool") constructPool(state, device, params as ThinPool, lookup);
  if (type === "thin") constructThin(state, params as Thin, lookup);
  if (type === "writecache") constructWritecache(state, params as Writecache, lookup);
  if (type === "cache") constructCache(state, params as Cache, lookup);
  const isSnapshot = type === "snapshot" || type === "snapshot-merge";
  const kept = isSnapshot ? constructSnapshot(state, type, params as Snapshot, lookup) : params;
  const printed = PRINTS_AS_GIVEN.has(type) ? joinArgs(splitArgs(shown.params)) : target.encodeParams(kept);
  return { target, line: { start, length, type, params: printed }, uses, needs };
}

/** dm_get_device: the token by which the table shows the device from now on. */
function open(state: SimState, token: string, leafSize: LeafSize): string {
  const device = deviceOf(state, token);
  if (device?.disk) return `${SIM_MAJOR}:${device.minor}`;
  const failed = (errno: string) => new TargetRefusal("Device lookup failed", errno);
  const simulated = token.startsWith(`${SIM_MAJOR}:`);
  const leaf = device || simulated ? undefined : leafOf(state, token, leafSize);
  if (leaf) return leaf.token;
  // A word of hexadecimal digits is the number of a device, too.
  const isNumber = /^\d+:\d+$/.test(token) || (/^[0-9a-f]+$/i.test(token) && !/^0+$/.test(token));
  throw failed(device || isNumber ? "ENXIO" : "ENODEV");
}

function checkSizes(state: SimState, needs: SimTable["needs"], leafSize: LeafSize): void {
  for (const { device, start, length } of needs) {
    const size = sizeOfDevice(state, device, leafSize) ?? 0;
    if (length > 0 && start + length > size) throw new TargetRefusal("Component device(s) too small");
  }
}

export function sizeOfDevice(state: SimState, token: string, leafSize: LeafSize): Sectors | undefined {
  const device = deviceOf(state, token);
  if (device) return device.live ? lengthOf(device.live) : 0;
  return leafOf(state, token, leafSize)?.size;
}

/** Sizes in the state come before those of the machine. */
function leafOf(state: SimState, token: string, leafSize: LeafSize): ReturnType<LeafSize> {
  const size = state.leaves[token];
  return size === undefined ? leafSize(token) : { size, token };
}
