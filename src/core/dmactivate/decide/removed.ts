/**
 * What shall go while something below it is put elsewhere. Nobody has it open, but an array would go on to
 * copy from leg to leg, now on sectors that are not its own. So an error target takes its place first: in the
 * same step, suspended with what moves, and resumed before that does.
 */
import { DvmError } from "../../base/error.ts";
import type { Comparison } from "../compare/compare.ts";
import { type Device, type Devices, nameOf } from "../compare/device.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { reaches } from "../graph/reaches.ts";
import { type Decision, NOTHING } from "./decision.ts";
import { lastCopyCheck } from "./last-copy.ts";
import type { Merges } from "./merges.ts";
import { storesOf, worksAlone } from "./stores.ts";

/** @returns what is decided on the devices that are error targets before they go, parents before children */
export function errorsBeforeRemoval(
  { devices, compared }: Comparison,
  merges: Merges,
): ReadonlyMap<Device, Decision> {
  const merged = new Set([...merges.values()].flat());
  const found = devices.all.filter(
    (device) =>
      device.going &&
      !merged.has(device) &&
      worksAlone(device.current?.table) &&
      standsOn(device.currentChildren, (below) => compared.get(below)?.moves ?? false),
  );
  return new Map(found.map((device) => [device, errorBefore(devices, device)]));
}

/**
 * @throws DvmError BAD_INPUT when a device is to be replaced on which an array, a pool or the like keeps what
 *   it knows, and
 * which that one lets go of in the same plan: it would write there once more
 */
export function refuseStores(devices: Devices, decisions: ReadonlyMap<Device, Decision>): void {
  const isReplaced = (device: Device) => decisions.get(device)?.swap ?? false;
  for (const device of devices.all) {
    const table = device.current?.table;
    if (!table?.length || !worksAlone(table) || !(device.going || isReplaced(device))) continue;
    for (const name of storesOf(table)) {
      const store = devices.byCurrentName.get(name);
      if (!store || device.children.includes(store) || !standsOn([store], isReplaced)) continue;
      throw new DvmError(
        "BAD_INPUT",
        `${nameOf(device)} lets go of ${nameOf(store)}, on which it keeps metadata, and that is to be ` +
          "replaced: " +
          "it takes two changes, one after the other",
      );
    }
  }
}

/** Whether a way down, as it is now, leads to such a device. */
const standsOn = (from: readonly Device[], isSuch: (device: Device) => boolean): boolean =>
  reaches(from, ({ currentChildren }) => currentChildren, isSuch);

function errorBefore(devices: Devices, device: Device): Decision {
  const { current, uuid } = device;
  const name = nameOf(device);
  const table = errorTable(lengthOf(current?.table ?? []));
  const last = lastCopyCheck(devices, device, name);
  return {
    device,
    desired: { name, uuid, table },
    finding: "differs",
    moves: true,
    shifts: true,
    name,
    table,
    ...NOTHING,
    load: true,
    swap: true,
    foundSuspended: current?.suspended ?? false,
    mustHold: last ? [last] : [],
  };
}
