import {
  type DiscoveredDevice,
  type DmDevice,
  type Legs,
  type Lv,
  notPlain,
  type Pv,
} from "../../schema/index.ts";
import { namesByDev } from "../dm/references.ts";
import { asLive } from "../volume/as-live.ts";
import { ownerOfUuids, scopesOfLv, scopesOfVg } from "../volume/identity.ts";
import { components, runsOf } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { together, type Users, usersOf } from "../volume/users.ts";
import { type AreaRow, areasOf } from "./areas.ts";
import type { ReportInput } from "./input.ts";

/** Extents of a PV that an LV uses. */
export interface Use {
  readonly lv: Lv;
  readonly area: AreaRow;
  readonly start: number;
  readonly length: number;
}

/** A dm device of an LV: live, desired or both. */
export interface Pairing {
  /** The LV's component that it is; "" for the LV itself. */
  readonly layer: string;
  readonly live?: DmDevice;
  readonly desired?: DmDevice;
}

/** The documents with an index for each question that rows ask, made once. */
export interface Facts extends ReportInput {
  readonly pvs: ReadonlyMap<string, Pv>;
  readonly lvs: ReadonlyMap<string, Lv>;
  readonly devices: ReadonlyMap<string, DiscoveredDevice>;
  /** Ids of devices that were found more than once: either could be the right one. */
  readonly twice: ReadonlySet<string>;
  /** Of each PV, by start. */
  readonly uses: ReadonlyMap<string, readonly Use[]>;
  /** LV id -> dm devices by uuid. */
  readonly dmOf: ReadonlyMap<string, ReadonlyMap<string, Pairing>>;
  /** Ids of LVs of which desired tells all, so that what is live can be compared with it. */
  readonly compared: ReadonlySet<string>;
  /** By LV id: what the superblocks say of the legs of one that is not live. */
  readonly onDisk: ReadonlyMap<string, Legs["lvs"][number]>;
  /** Names of dm devices by major:minor. */
  readonly names: ReadonlyMap<string, string>;
  /** Who is built on whom. */
  readonly users: Users;
}

type Places = Pick<Facts, "metadata" | "discovery" | "pvs" | "devices" | "twice">;

export function gatherFacts(given: ReportInput): Facts {
  const { discovery, dm } = given;
  const metadata = dm && discovery ? asLive(given.metadata, dm, discovery) : given.metadata;
  const input = { ...given, metadata };
  const places = {
    metadata,
    discovery,
    pvs: new Map(metadata.pvs.map((pv) => [pv.id, pv])),
    devices: new Map(discovery?.devices.map((device) => [device.id, device])),
    twice: new Set(discovery?.duplicates.map(({ id }) => id)),
  };
  let lvs: Map<string, Lv> | undefined;
  let uses: Map<string, Use[]> | undefined;
  let users: Users | undefined;
  return {
    ...input,
    ...places,
    // Not every report asks for these, and of a large VG they are long.
    get lvs() {
      lvs ??= new Map(metadata.lvs.map((lv) => [lv.id, lv]));
      return lvs;
    },
    get users() {
      users ??= usersOf(notPlain(metadata.lvs));
      return users;
    },
    get uses() {
      uses ??= usesOf(metadata.lvs);
      return uses;
    },
    dmOf: pairDevices(input),
    compared: comparedLvs(input, places),
    onDisk: new Map(input.legs?.lvs.map((each) => [each.id, each])),
    names: namesByDev(input.dm?.devices ?? []),
  };
}

function usesOf(lvs: readonly Lv[]): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const lv of lvs) {
    for (const area of areasOf(lv)) {
      if (!area.place) continue;
      const { pv, start, length } = area.place;
      const known = uses.get(pv);
      if (known) known.push({ lv, area, start, length });
      else uses.set(pv, [{ lv, area, start, length }]);
    }
  }
  for (const list of uses.values()) list.sort((a, b) => a.start - b.start);
  return uses;
}

function pairDevices({ metadata, dm, desired }: ReportInput): Map<string, Map<string, Pairing>> {
  const dmOf = new Map<string, Map<string, Pairing>>();
  const ownerOf = ownerOfUuids(metadata);
  const add = (devices: readonly DmDevice[], key: "live" | "desired") => {
    for (const device of devices) {
      const owner = ownerOf(device.uuid);
      if (!owner) continue;
      const ofLv = dmOf.get(owner.lv) ?? new Map<string, Pairing>();
      const pairing = { ...ofLv.get(device.uuid), layer: owner.layer, [key]: device };
      dmOf.set(owner.lv, ofLv.set(device.uuid, pairing));
    }
  };
  add(dm?.devices ?? [], "live");
  add(desired?.devices ?? [], "desired");
  return dmOf;
}

/**
 * Not those on a missing PV, or on what is out of reach of one, nor those that go together with one of these:
 * what is live of them stands on a device that nobody can tell, or that is not given it again.
 */
function comparedLvs({ metadata, discovery, desired }: ReportInput, places: Places): Set<string> {
  if (!desired) return new Set();
  const scope = new Set(desired.scope);
  const { vg } = metadata;
  const byId = new Map(metadata.lvs.map((lv) => [lv.id, lv]));
  const isThere = (lv: Lv) => runningOf(lv).every((run) => isHere(places, run));
  const users = usersOf(notPlain(metadata.lvs));
  const isWhole = (lv: Lv) => !discovery || together([lv], { byId, users }).every(isThere);
  const lvs = metadata.lvs.filter(
    (lv) => [...scopesOfVg(vg), ...scopesOfLv(vg, lv)].some((each) => scope.has(each)) && isWhole(lv),
  );
  return new Set(lvs.map(({ id }) => id));
}

/** A stale leg is no part of what runs. */
function runningOf(lv: Lv): readonly Run[] {
  return components(lv)
    .filter(({ chain }) => chain.every(({ state }) => state !== "stale"))
    .flatMap(({ segments }) => segments.flatMap(runsOf));
}

/**
 * Whether extents can be reached: their device was found, once, is long enough for them and has the logical
 * blocks that its PV had, without which volactivate does not take it. Where devices are not known, nothing
 * contradicts that.
 */
export function isHere(
  { discovery, devices, twice, metadata, pvs }: Places,
  { pv, start, length }: Run,
): boolean {
  if (!discovery) return true;
  const device = devices.get(pv);
  return (
    device !== undefined &&
    device.blockBytes === pvs.get(pv)?.blockBytes &&
    !twice.has(pv) &&
    (start + length) * metadata.vg.extentSize <= roomOf(device)
  );
}

/** How much of a device's data area there is: a device may be shorter than its label says. */
export const roomOf = ({ size, dataStart, dataLength }: DiscoveredDevice): number =>
  Math.min(dataLength, size - dataStart);

/** How a PV is shown to people: by its device's path, or by its id when that is not known. */
export const deviceName = (facts: Facts, pv: string): string => facts.devices.get(pv)?.path ?? pv;

/** Extents in use on a PV. */
export const usedExtents = (facts: Facts, pv: string): number =>
  (facts.uses.get(pv) ?? []).reduce((sum, { length }) => sum + length, 0);
