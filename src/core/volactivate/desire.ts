/** The dm devices that make an LV. Pure: metadata and places in, devices out, children before parents. */
import type { DmDevice, Leg, Lv, Table, Vg } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";
import type { Extents, Sectors } from "../base/units.ts";
import { errorLine } from "../dm/targets/error.ts";
import { identityOf } from "../volume/identity.ts";
import {
  type Component,
  components,
  isServed,
  isWholeLeg,
  lengthOf,
  type NumberedLeg,
  runsOf,
} from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { typeOf } from "../volume/types/index.ts";
import { type Below, type DeviceArea, WRAPPED } from "../volume/types/type.ts";
import { type Relations, withUsed, wrappersOf } from "../volume/users.ts";
import { desireForeign } from "./desire-foreign.ts";
import { type Place, placeOf } from "./places.ts";

export interface DesireOptions {
  /** Areas without a place become error targets, and the LV read-only; otherwise there must be none. */
  readonly partial: boolean;
}

/** Stands for what is missing where a target has to have a device. */
const ABSENT = "absent";

/**
 * @param relations of all LVs of the VG
 * @param places where PVs are
 * @returns the LV's devices; legs that are stale, and with `partial` those that are not whole, have none
 */
export function desireLv(
  vg: Vg,
  lv: Lv,
  relations: Relations,
  places: ReadonlyMap<string, Place>,
  { partial }: DesireOptions,
): DmDevice[] {
  if (vg.foreign) return desireForeign(vg, lv, places);
  const { byId, users } = relations;
  const lacks = allOf(lv, relations).some((each) => missingPvs(each, places).length > 0);
  assert(partial || !lacks, `LV ${lv.name} is not whole`);
  const nameOf = (layer: string) => identityOf(vg, lv, layer).name;
  const inFront = wrappersOf(lv, users);
  const base = inFront.length > 0 ? WRAPPED : "";
  const [first] = lv.segments;
  const thins = first && !lacks ? typeOf(first)?.thins?.(first) : undefined;
  const device = (layer: string, table: Table, readOnly: boolean): DmDevice => ({
    ...identityOf(vg, lv, layer),
    table,
    ...(readOnly && { readOnly }),
    ...(layer === "" && thins && { thins }),
  });
  const taking = takingPart(lv, places, lacks);
  let absent: Extents = 0;
  const below: Below = {
    extentSize: vg.extentSize,
    area: (run) => areaOf(run, places, vg.extentSize),
    absent(length) {
      absent = Math.max(absent, length);
      return { device: `@${nameOf(ABSENT)}`, offset: 0 };
    },
    part: (layer) => (taking.some((each) => each.layer === layer) ? `@${nameOf(layer)}` : null),
    lv: (id) => (lacks ? null : `@${identityOf(vg, defined(byId.get(id), `LV ${id}`)).name}`),
    content: (id) => `@${identityOf(vg, defined(byId.get(id), `LV ${id}`), "", WRAPPED).name}`,
  };
  const readOnly = lv.access === "ro" || lacks;
  const devices = taking.flatMap(({ layer, segments }) => {
    const table = segments.flatMap((segment) => typeOf(segment)?.table(segment, below) ?? []);
    return table.length === 0 ? [] : [device(layer || base, table, layer === "" && base === "" && readOnly)];
  });
  if (inFront.length > 0) {
    const content = `@${nameOf(WRAPPED)}`;
    devices.push(device("", wrapped(vg, lv, inFront, places, content), readOnly));
  }
  if (absent === 0) return devices;
  return [device(ABSENT, [errorLine({ start: 0, length: absent * vg.extentSize })], true), ...devices];
}

/** It, what it is built on, and what stands in front of it: most LVs have nothing of that. */
const allOf = (lv: Lv, relations: Relations): readonly Lv[] =>
  relations.users.size === 0 ? [lv] : [...withUsed([lv], relations.byId), ...wrappersOf(lv, relations.users)];

/** The table of what stands in front of an LV. */
function wrapped(
  vg: Vg,
  lv: Lv,
  inFront: readonly Lv[],
  places: ReadonlyMap<string, Place>,
  content: string,
): Table {
  const all = inFront.flatMap((each) => {
    const [segment] = each.segments;
    const lacks = missingPvs(each, places).length > 0;
    const part = (layer: string) => (lacks ? null : `@${identityOf(vg, each, layer).name}`);
    return segment ? [{ segment, part }] : [];
  });
  const [first] = all;
  const wraps = first && typeOf(first.segment)?.wraps;
  const range = { start: 0, length: lengthOf(lv) * vg.extentSize };
  return [...defined(wraps, "a type that stands in front of another").table(all, { range, content })];
}

function areaOf(run: Run, places: ReadonlyMap<string, Place>, extentSize: Sectors): DeviceArea | undefined {
  const place = placeOf(places, run);
  return place && { device: place.token, offset: place.dataStart + run.start * extentSize };
}

/**
 * PVs of which the LV lacks something that it cannot do without, each once. A leg that is marked stale does
 * not count: the transaction that marked it has decided to go on without it. Nor does what the LV is built
 * on.
 */
export const missingPvs = (lv: Lv, places: ReadonlyMap<string, Place>): readonly string[] =>
  missingOf(lv, places, (states) => !states.includes("stale"));

/** PVs without a place on which the LV has stale legs, each once. */
export const missingOfStale = (lv: Lv, places: ReadonlyMap<string, Place>): readonly string[] =>
  missingOf(lv, places, (states) => states.includes("stale"));

function missingOf(
  lv: Lv,
  places: ReadonlyMap<string, Place>,
  counts: (states: readonly Leg["state"][]) => boolean,
): readonly string[] {
  let missing: string[] | undefined;
  for (const { chain, segments } of components(lv)) {
    if (!counts(chain.map(({ state }) => state))) continue;
    for (const segment of segments)
      for (const run of runsOf(segment)) {
        if (placeOf(places, run) || missing?.includes(run.pv)) continue;
        missing ??= [];
        missing.push(run.pv);
      }
  }
  return missing ?? NONE;
}

const NONE: readonly string[] = [];

/** All components but those of stale legs; of an LV that is not whole, those of whole current ones. */
function takingPart(lv: Lv, places: ReadonlyMap<string, Place>, lacks: boolean): readonly Component[] {
  const isHere = (run: Run) => placeOf(places, run) !== undefined;
  const takes = (leg: NumberedLeg) =>
    lacks ? leg.state === "current" && isWholeLeg(leg, isHere) : leg.state !== "stale";
  // What a part keeps for its type is there whole, or not at all.
  const isWhole = ({ layer, segments }: Component) => layer === "" || !lacks || isServed(segments, isHere);
  return components(lv).filter((each) => each.chain.every(takes) && (each.chain.length > 0 || isWhole(each)));
}
