/**
 * What shall go while something below it is put elsewhere. Nobody has it open, but an array would go on to copy from leg to
 * leg, now on sectors that are not its own. So it gives way to an error target first: in the same step, suspended with what
 * moves, and resumed before that does.
 */
import { DvmError } from "../../base/error.ts";
import { type Device, type Devices, nameOf } from "../compare/device.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { reaches } from "../graph/reaches.ts";
import type { Work } from "./decide.ts";
import type { Merges } from "./merges.ts";
import { storesOf, worksAlone } from "./stores.ts";

/** @returns the work on what is to give way, parents before children */
export function retire({ all }: Devices, works: ReadonlyMap<Device, Work>, merges: Merges): Work[] {
  const merged = new Set([...merges.values()].flat());
  return all.flatMap((device) => {
    const { current, going } = device;
    if (!current || !going || merged.has(device) || !worksAlone(current.table)) return [];
    return standsOn(device.currentChildren, works, isMoved) ? [giveWay(device)] : [];
  });
}

/**
 * @throws DvmError BAD_INPUT when a device is to be replaced on which an array, a pool or the like keeps what it knows, and
 * which that one lets go of in the same plan: it would write there once more
 */
export function refuseStores(devices: Devices, works: ReadonlyMap<Device, Work>): void {
  for (const device of devices.all) {
    const { current, desired, going } = device;
    const table = current?.table;
    if (!table?.length || !worksAlone(table) || !(going || (desired && works.get(device)?.swap))) continue;
    for (const name of storesOf(table)) {
      const store = devices.byCurrentName.get(name);
      if (!store || device.children.includes(store) || !standsOn([store], works, isReplaced)) continue;
      throw new DvmError(
        "BAD_INPUT",
        `${nameOf(device)} lets go of ${nameOf(store)}, on which it keeps metadata, and that is to be replaced: ` +
          "it takes two changes, one after the other",
      );
    }
  }
}

/** Whether a way down, as it is now, leads to such work. */
const standsOn = (
  from: readonly Device[],
  works: ReadonlyMap<Device, Work>,
  isSuch: (work: Work) => boolean,
): boolean =>
  reaches(
    from,
    ({ currentChildren }) => currentChildren,
    (device) => {
      const work = works.get(device);
      return work !== undefined && isSuch(work);
    },
  );

const isMoved = ({ swap, moves }: Work): boolean => swap && moves;
const isReplaced = ({ swap }: Work): boolean => swap;

function giveWay(device: Device): Work {
  const { current } = device;
  const name = current?.name ?? "";
  const table = errorTable(lengthOf(current?.table ?? []));
  return {
    device,
    desired: { name, uuid: device.uuid, table },
    name,
    kind: "change",
    table,
    component: false,
    hidden: false,
    moves: true,
    shifts: true,
    early: undefined,
    load: true,
    swap: true,
    suspended: current?.suspended ?? false,
    delayed: false,
    standIn: false,
    unsettled: false,
    thins: undefined,
    quiesce: false,
  };
}
