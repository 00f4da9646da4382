/**
 * The first phase: what each device is, against what it shall be. Facts of the two states, which every later
 * phase goes by.
 */
import type { DmState } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import type { Strictness } from "../../dm/normalize-params.ts";
import { orderNodes } from "../graph/topological.ts";
import { type DesiredDevice, type Device, type Devices, matchDevices, nameOf } from "./device.ts";
import { isSamePool } from "./pool-room.ts";
import {
  identifyCurrent,
  identifyDesired,
  isGrowth,
  lengthOf,
  normalizeTable,
  sameTable,
} from "./same-table.ts";
import { mayBeStale } from "./stale-table.ts";

export interface Comparison {
  readonly devices: Devices;
  /** Each desired device, children before parents. */
  readonly compared: ReadonlyMap<Device, Compared>;
}

/** A desired device, against what is there of it. */
export interface Compared {
  readonly device: Device;
  readonly desired: DesiredDevice;
  /**
   * absent: there is no such device. empty: it has no live table. differs: its live table, or whether it can
   * be written, is another. same: it is as it shall be, save perhaps its name or what a crash has left.
   */
  readonly finding: "absent" | "empty" | "differs" | "same";
  /** Every sector that it has stays where it is: at most more sectors come behind them. */
  readonly onlyGrows: boolean;
  /** Its table gets longer, whatever becomes of the sectors that it has. */
  readonly getsLonger: boolean;
  /** Maps some sector that it mapped before to another place, or no longer. */
  readonly moves: boolean;
  /** So does a sector that it has before and after. */
  readonly shifts: boolean;
  /** It, or something that it leads to, moves. */
  readonly unsettled: boolean;
  /** Its inactive table is the desired one. */
  readonly isLoaded: boolean;
}

/**
 * @throws DvmError BAD_INPUT for states that make no sense (matchDevices), and naming the devices of one ring
 *   in the desired
 * state
 */
export function compare(current: DmState, desired: DmState): Comparison {
  const devices = matchDevices(current, desired);
  const wanted = devices.all.filter((device) => device.desired);
  const { sorted, cycle } = orderNodes(wanted, (device) => device.children);
  refuseCycle(cycle);
  const compared = new Map<Device, Compared>();
  for (const device of sorted) compared.set(device, compareOne(devices, device, compared));
  return { devices, compared };
}

function refuseCycle(cycle: readonly Device[]): void {
  const [first] = cycle;
  if (!first) return;
  const round = [...cycle, first].map(nameOf).join(" -> ");
  throw new DvmError("BAD_INPUT", `desired devices refer to each other in a ring: ${round}`);
}

/** @param below what it is to stand on has been compared */
function compareOne(devices: Devices, device: Device, below: ReadonlyMap<Device, Compared>): Compared {
  const desired = defined(device.desired, "desired device");
  const { current } = device;
  const live = current?.table;
  const unsettled = device.children.some((child) => below.get(child)?.unsettled);
  const base = {
    device,
    desired,
    unsettled,
    onlyGrows: false,
    getsLonger: false,
    moves: false,
    shifts: false,
  };
  if (!current || !live?.length)
    return { ...base, finding: current ? "empty" : "absent", isLoaded: isLoaded(devices, device) };
  // What raid is asked to do once counts only when what it stands on is another than before.
  const strictness = device.children.some((child) => below.get(child)?.moves) ? "exact" : "lasting";
  const before = normalizeTable(live, identifyCurrent(devices), strictness);
  const after = normalizeTable(desired.table, identifyDesired(devices), strictness);
  const same = sameTable(before, after);
  if (same && (current.readOnly ?? false) === (desired.readOnly ?? false))
    return { ...base, finding: "same", isLoaded: false };
  const onlyGrows = same || isGrowth(before, after);
  const moves = !onlyGrows && !isSamePool(before, after);
  return {
    ...base,
    finding: "differs",
    onlyGrows,
    getsLonger: lengthOf(after) > lengthOf(before),
    moves,
    shifts: moves && !isGrowth(after, before),
    unsettled: unsettled || moves,
    isLoaded: isLoaded(devices, device),
  };
}

/**
 * An inactive table is only trusted when it is the desired one to the letter, would be writable, and knows
 * all.
 */
function isLoaded(devices: Devices, { current, desired }: Device): boolean {
  if (!current?.inactive?.length || !desired || current.readOnly || desired.readOnly) return false;
  if (mayBeStale(current.inactive)) return false;
  const exact: Strictness = "exact";
  return sameTable(
    normalizeTable(current.inactive, identifyCurrent(devices), exact),
    normalizeTable(desired.table, identifyDesired(devices), exact),
  );
}
