/**
 * What is to be done with each desired device. Pure, linear in devices and references.
 *
 * The rule behind it: until the metadata is committed nothing may change that the user of a live device can
 * see, and after it nothing may fail that could have been tried before. So whatever only adds is done while
 * preparing (new devices, loaded tables, components that grow at their end), the rest at the commit.
 */
import type { Table } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import type { Strictness } from "../../dm/normalize-params.ts";
import { mapDevices, referenceOf } from "../../dm/references.ts";
import { hasDifferences, isOrigin, isSnapshot } from "../../dm/snapshot-roles.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { type DesiredDevice, type Device, type Devices, findDesired } from "../compare/device.ts";
import { hasMoreMetadata, isSamePool } from "../compare/pool-room.ts";
import {
  identifyCurrent,
  identifyDesired,
  isGrowth,
  lengthOf,
  normalizeTable,
  sameTable,
} from "../compare/same-table.ts";
import { distrusting, mayBeStale } from "../compare/stale-table.ts";
import type { Names } from "./names.ts";
import { type PoolChanges, poolChanges } from "./pool-changes.ts";
import { worksAlone } from "./stores.ts";

/** The work on one desired device. */
export interface Work {
  readonly device: Device;
  readonly desired: DesiredDevice;
  /** The name that it has until the commit renames it. */
  readonly name: string;
  /**
   * create: not there yet. fill: there without a live table. change: its live table, or whether it can be
   * written, differs. keep: it is as it shall be, save perhaps its name or a left-over of some crash.
   */
  readonly kind: "create" | "fill" | "change" | "keep";
  /** The desired table with the names that devices have while preparing. */
  readonly table: Table;
  /** Another desired device refers to it. */
  readonly component: boolean;
  /** Nobody but dm devices can be looking at it now: what it gains at its end is not seen. */
  readonly hidden: boolean;
  /** Maps some sector that it mapped before to another place, or no longer. */
  readonly moves: boolean;
  /** So does a sector that it has before and after. */
  readonly shifts: boolean;
  /** The table that goes live while preparing. */
  early: { readonly table: Table; readonly loaded: boolean } | undefined;
  /** The desired table is to be loaded while preparing, to go live at the commit or when created. */
  load: boolean;
  /** Is there, and at the commit its loaded table goes live. */
  swap: boolean;
  /** Found suspended, and still is when the commit begins: a table that goes live while preparing ends it. */
  suspended: boolean;
  /** New, but nobody may see what it does before the commit: a snapshot and what stands on one, and stand-ins. */
  delayed: boolean;
  /**
   * New, would write by itself on what is in use or is put elsewhere by the commit. Until then it is an error target of its
   * length, so that what stands on it can be loaded.
   */
  readonly standIn: boolean;
  /** Something that it leads to is put elsewhere by the commit. */
  readonly unsettled: boolean;
  /** Of a pool: what becomes of its thin ids. */
  readonly thins: PoolChanges | undefined;
  /** Stays as it is, but holds its breath while what it stands on is replaced, or to find out that it has got more room. */
  quiesce: boolean;
}

/**
 * @param sorted desired devices, children before parents
 * @returns their work in the same order
 */
export function decideWork(devices: Devices, sorted: readonly Device[], names: Names): Work[] {
  const works = new Map<Device, Work>();
  for (const device of sorted) works.set(device, decideOne(devices, device, names, works));
  for (const work of works.values()) quiesceAround(works, work);
  for (const work of works.values()) if (hasMoreMetadata(devices, work.device)) quiesce(work);
  for (const work of works.values())
    for (const { hold } of work.thins?.create ?? []) for (const device of hold) loadAnew(works.get(device));
  return [...works.values()];
}

/** True for a table with a line of such a type. */
export function hasType(table: Table | null | undefined, isSuch: (type: string) => boolean): boolean {
  if (!table) return false;
  // By index: it is asked several times for each device, and most tables have one line.
  for (let at = 0; at < table.length; at += 1) if (isSuch(table[at]?.type ?? "")) return true;
  return false;
}

/** No error target can be put behind it. */
const isSingleton = (type: string): boolean => targetOf(type).features.singleton ?? false;

/** A snapshot, or what stands for an origin of some: nobody may see what it does before the commit. */
const isDelayedType = (type: string): boolean => isOrigin(type) || hasDifferences(type);

/** New components go live while preparing; new devices at the top, and delayed ones, at the commit. */
export const isResumedAtOnce = ({ kind, component, delayed, thins }: Work): boolean =>
  (kind === "create" || kind === "fill") && (component || thins !== undefined) && !delayed;

/** Some instruction names it. */
export const isTouched = (work: Work): boolean =>
  work.kind !== "keep" ||
  work.thins !== undefined ||
  work.quiesce ||
  work.suspended ||
  work.name !== work.desired.name ||
  hasStaleTable(work);

/** Stays as it is, but has a table loaded that would go live by the next resume. */
export const hasStaleTable = ({ kind, device }: Work): boolean =>
  kind === "keep" && Boolean(device.current?.inactive?.length);

/** What refers to the same origin as this snapshot-origin or snapshot-merge and must be there before it. */
export function snapshotsBeside(device: Device): Device[] {
  if (!hasType(device.desired?.table, isOrigin)) return [];
  const origin = device.children[0];
  return (origin?.parents ?? []).filter(
    (other) => other !== device && hasType(other.desired?.table, isSnapshot) && other.children[0] === origin,
  );
}

function decideOne(devices: Devices, device: Device, names: Names, works: ReadonlyMap<Device, Work>): Work {
  const { current } = device;
  const desired = defined(device.desired, "desired device");
  const component = device.parents.length > 0;
  const hidden = component && (device.holders.length > 0 || current?.openCount === 0);
  const table = renamed(devices, desired.table, names);
  const name = names.nameWhilePreparing(device);
  const thins = poolChanges(devices, device);
  const unsettled = device.children.some((child) => works.get(child)?.unsettled);
  const base = { device, desired, name, table, component, hidden, thins, unsettled, shifts: false };
  const idle = { early: undefined, swap: false, suspended: false, quiesce: false, standIn: false };
  const live = current?.table;
  if (!current || !live || live.length === 0) {
    const kind = current ? "fill" : "create";
    const standIn = component && !thins && worksAlone(desired.table) && (unsettled || isUsedBelow(device));
    const delayed =
      standIn ||
      hasType(desired.table, isDelayedType) ||
      device.children.some((child) => isDelayed(works.get(child)));
    const load = standIn || !inactiveIsRight(devices, device);
    return { ...base, ...idle, kind, moves: false, load, delayed, standIn };
  }
  // What raid is asked to do once counts only when what it stands on is another than before.
  const strictness = device.children.some((child) => works.get(child)?.moves) ? "exact" : "lasting";
  const before = normalizeTable(live, identifyCurrent(devices), strictness);
  const after = normalizeTable(desired.table, identifyDesired(devices), strictness);
  const same = sameTable(before, after);
  const wasReadOnly = current.readOnly ?? false;
  const readOnly = desired.readOnly ?? false;
  const suspended = current.suspended ?? false;
  if (same && wasReadOnly === readOnly)
    return { ...base, ...idle, kind: "keep", moves: false, load: false, suspended, delayed: false };
  const grows = isGrowth(before, after);
  const moves = !same && !grows && !isSamePool(before, after);
  const longer = lengthOf(after) > lengthOf(before);
  const right = inactiveIsRight(devices, device);
  const change = {
    ...base,
    ...idle,
    kind: "change",
    moves,
    suspended,
    delayed: false,
    table: distrusting(table, current),
  } as const;
  const swap = { swap: true, shifts: moves && !isGrowth(after, before), unsettled: unsettled || moves };
  if (hidden && (wasReadOnly || !readOnly)) {
    if ((same || grows) && !leadsBack(device, works))
      return { ...change, suspended: false, early: { table, loaded: right }, load: false };
    // Its parents' constructors want the new size, while what it maps must not change yet.
    if (longer && !hasType(live, isSingleton)) {
      const early = { table: padded(live, lengthOf(before), lengthOf(after)), loaded: false };
      return { ...change, ...swap, suspended: false, early, load: true };
    }
  }
  return { ...change, ...swap, load: !right };
}

/** What stands on a stand-in can go live before it. */
const isDelayed = (work: Work | undefined): boolean => Boolean(work?.delayed && !work.standIn);

/** Somebody has what it is to stand on open, or something else stands on that. */
function isUsedBelow(device: Device): boolean {
  const below = new Set(device.children);
  for (const { children, currentChildren } of below)
    for (const child of [...children, ...currentChildren]) below.add(child);
  for (const { current, holders, holdingTables } of below) {
    if ((current?.openCount ?? 0) > holdingTables) return true;
    if (holders.some((holder) => holder !== device && !below.has(holder))) return true;
  }
  return false;
}

/**
 * With what it gains it would stand on itself until the commit has swapped what is in between: a flush would go round for
 * ever.
 */
function leadsBack(device: Device, works: ReadonlyMap<Device, Work>): boolean {
  const held = new Set(device.currentChildren);
  const seen = new Set(device.children.filter((child) => !held.has(child)));
  for (const child of seen) {
    if (child === device) return true;
    for (const below of child.currentChildren) seen.add(below);
    const work = works.get(child);
    if (work?.early || work?.kind === "create" || work?.kind === "fill")
      for (const below of child.children) seen.add(below);
  }
  return false;
}

/** Parents of what moves, and the origin of a snapshot that appears, stop writing for that moment. */
function quiesceAround(works: ReadonlyMap<Device, Work>, work: Work): void {
  const { device } = work;
  if (work.swap && work.moves) for (const parent of device.parents) quiesce(works.get(parent));
  if (work.kind !== "keep" && hasType(work.desired.table, isSnapshot)) {
    for (const sibling of device.children[0]?.parents ?? [])
      if (hasType(sibling.desired?.table, isOrigin)) quiesce(works.get(sibling));
  }
}

/** What is loaded is cleared before the device is held still for a snapshot. */
function loadAnew(work: Work | undefined): void {
  if (work?.swap) work.load = true;
  if (work?.early) work.early = { ...work.early, loaded: false };
}

function quiesce(work: Work | undefined): void {
  if (work && !work.swap && !work.suspended && work.device.current?.table?.length) work.quiesce = true;
}

/** An inactive table is only trusted when it is the desired one to the letter, would be writable, and knows all. */
function inactiveIsRight(devices: Devices, { current, desired }: Device): boolean {
  if (!current?.inactive?.length || !desired || current.readOnly || desired.readOnly) return false;
  if (mayBeStale(current.inactive)) return false;
  const exact: Strictness = "exact";
  return sameTable(
    normalizeTable(current.inactive, identifyCurrent(devices), exact),
    normalizeTable(desired.table, identifyDesired(devices), exact),
  );
}

/** The live table with an error target behind it: the length of the new one, the content of the old one. */
const padded = (live: Table, length: number, newLength: number): Table => [
  ...live,
  errorLine({ start: length, length: newLength - length }),
];

function renamed(devices: Devices, table: Table, names: Names): Table {
  return table.map((line) =>
    line.params.includes("@")
      ? mapDevices(line, (token) => {
          const name = referenceOf(token);
          const device = name === undefined ? undefined : findDesired(devices, name);
          return device ? `@${names.nameWhilePreparing(device)}` : token;
        })
      : line,
  );
}
