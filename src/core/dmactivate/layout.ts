/** Everything that the programs are written from: who, in which order, under which names. */
import type { DmState } from "../../schema/index.ts";
import { type Device, type Devices, matchDevices } from "./compare/device.ts";
import { decideWork, snapshotsBeside, type Work } from "./decide/decide.ts";
import { findMerges, type Merges } from "./decide/merges.ts";
import { type Names, planNames } from "./decide/names.ts";
import { refuseBadTables, refuseCycle, refuseUsed } from "./decide/refuse.ts";
import { refuseStores, retire } from "./decide/retire.ts";
import { orderNodes } from "./graph/topological.ts";
import { findHeals, type Heal, healed } from "./heal/heal.ts";

export interface Layout {
  readonly devices: Devices;
  readonly names: Names;
  /** Work on what gives way before it goes, then on desired devices, children before parents. */
  readonly works: readonly Work[];
  /** The same, with snapshots before their origin too: the order in which to resume at the commit. */
  readonly resumeOrder: readonly Work[];
  /** Devices that are there, parents before children as the live tables have it: the order to suspend. */
  readonly suspendOrder: readonly Device[];
  /** Devices that go, parents before children. */
  readonly removals: readonly Device[];
  readonly merges: Merges;
  /** What was found suspended and is resumed before all else. All the rest is made for what is there then. */
  readonly heals: readonly Heal[];
}

/** @throws DvmError BAD_INPUT, IN_USE, EXISTS as matchDevices, planNames and refuse.ts do */
export function layOut(current: DmState, desired: DmState, heals: readonly Heal[] = []): Layout {
  const devices = matchDevices(current, desired);
  const wanted = devices.all.filter((device) => device.desired);
  const { sorted, cycle } = orderNodes(wanted, (device) => device.children);
  refuseCycle(cycle);
  if (heals.length === 0) refuseUsed(devices);
  const names = planNames(devices);
  const wantedWorks = decideWork(devices, sorted, names);
  const workOf = new Map(wantedWorks.map((work) => [work.device, work]));
  refuseBadTables(devices, workOf);
  refuseStores(devices, workOf);
  const merges = findMerges(devices);
  const retired = retire(devices, workOf, merges);
  for (const work of retired) workOf.set(work.device, work);
  const resumed = orderNodes(sorted, (device) => [...device.children, ...snapshotsBeside(device)]).sorted;
  const there = devices.all.filter((device) => device.current);
  const suspendOrder = orderNodes(there, (device) => device.liveHolders).sorted;
  const more = findHeals(devices, workOf);
  if (more.length > 0) return layOut(healed(current, more), desired, [...heals, ...more]);
  return {
    devices,
    names,
    works: retired.length > 0 ? [...retired, ...wantedWorks] : wantedWorks,
    resumeOrder: [...retired, ...resumed.flatMap((device) => workOf.get(device) ?? [])],
    suspendOrder,
    removals: suspendOrder.filter((device) => device.going),
    merges,
    heals,
  };
}
