/** The dm devices that make an LV. Pure: metadata and places in, devices out, children before parents. */
import type { DmDevice, Leg, Lv, Segment, Table, TableLine, Vg } from "../../schema/index.ts";
import { assert } from "../base/assert.ts";
import type { Sectors } from "../base/units.ts";
import { dmName } from "../dm/name.ts";
import { error, errorLine } from "../dm/targets/error.ts";
import { linear } from "../dm/targets/linear.ts";
import { raid } from "../dm/targets/raid.ts";
import { striped } from "../dm/targets/striped.ts";
import { dmUuid } from "../dm/uuid.ts";
import { components, imageLayer, legNumber, metaLayer, type Run, runsOf } from "../volume/model.ts";
import { type Place, placeOf } from "./places.ts";

export interface DesireOptions {
  /** Areas without a place become error targets, and the LV read-only; otherwise there must be none. */
  readonly partial: boolean;
}

/** Stands for missing stripes, which must be a device. */
const ABSENT = "absent";

/**
 * @param places where PVs are
 * @returns the LV's devices; legs that are stale, and with `partial` those that are not whole, have none
 */
export function desireLv(
  vg: Vg,
  lv: Lv,
  places: ReadonlyMap<string, Place>,
  { partial }: DesireOptions,
): DmDevice[] {
  const lacks = missingPvs(lv, places).length > 0;
  assert(partial || !lacks, `LV ${lv.name} is not whole`);
  const left = leftOut(lv, places, lacks);
  const devices: DmDevice[] = [];
  const add = (layer: string, table: Table, readOnly: boolean) => {
    const part = layer === "" ? undefined : layer;
    const name = dmName(vg.name, lv.name, part);
    const uuid = dmUuid(vg.id, lv.id, part);
    devices.push(readOnly ? { name, uuid, table, readOnly } : { name, uuid, table });
  };
  const absent = lacks ? absentLength(lv, places, vg.extentSize) : 0;
  if (absent > 0) add(ABSENT, [errorLine({ start: 0, length: absent })], true);
  for (const { layer, segments } of components(lv)) {
    if (left.has(layer)) continue;
    const table = segments.flatMap((segment) => linesOf(vg, lv, segment, places, left));
    add(layer, table, layer === "" && (lv.access === "ro" || lacks));
  }
  return devices;
}

/**
 * PVs of which the LV lacks something that it cannot do without, each once. A leg that is marked stale does not count:
 * the transaction that marked it has decided to go on without it.
 */
export function missingPvs(lv: Lv, places: ReadonlyMap<string, Place>): readonly string[] {
  let missing: string[] | undefined;
  neededSegments(lv).forEach((segment) => {
    missing = addMissing(missing, segment, places);
  });
  return missing ?? NONE;
}

const NONE: readonly string[] = [];

function addMissing(
  missing: string[] | undefined,
  segment: Segment,
  places: ReadonlyMap<string, Place>,
): string[] | undefined {
  let found = missing;
  for (const run of runsOf(segment)) {
    if (placeOf(places, run) || found?.includes(run.pv)) continue;
    found ??= [];
    found.push(run.pv);
  }
  return found;
}

/** PVs without a place on which the LV has stale legs, each once. */
export function missingOfStale(lv: Lv, places: ReadonlyMap<string, Place>): readonly string[] {
  let missing: string[] | undefined;
  for (const leg of legsOf(lv)) {
    if (leg.state !== "stale") continue;
    for (const segment of partsOf(leg)) missing = addMissing(missing, segment, places);
  }
  return missing ?? NONE;
}

function legsOf({ segments }: Lv): readonly Leg[] {
  // An LV with a raid1 segment has no other.
  const first = segments[0];
  return first?.type === "raid1" ? first.legs : NO_LEGS;
}

const NO_LEGS: readonly Leg[] = [];

const partsOf = ({ image, meta }: Leg): Segment[] => [...image, ...meta];

function neededSegments(lv: Lv): readonly Segment[] {
  const legs = legsOf(lv);
  if (legs.length === 0) return lv.segments;
  return [...lv.segments, ...legs.flatMap((leg) => (leg.state === "stale" ? [] : partsOf(leg)))];
}

/** Layers of legs that take no part: stale ones; of an LV that is not whole, all but whole current ones. */
function leftOut(lv: Lv, places: ReadonlyMap<string, Place>, lacks: boolean): ReadonlySet<string> {
  const legs = legsOf(lv);
  if (legs.length === 0) return NO_LAYERS;
  const isWhole = (leg: Leg) =>
    partsOf(leg)
      .flatMap(runsOf)
      .every((run) => placeOf(places, run));
  const left = new Set<string>();
  legs.forEach((leg, index) => {
    if (lacks ? leg.state === "current" && isWhole(leg) : leg.state !== "stale") return;
    const number = legNumber(leg, index);
    left.add(imageLayer(number)).add(metaLayer(number));
  });
  return left;
}

const NO_LAYERS: ReadonlySet<string> = new Set();

/** As long as the longest area of stripes that is missing. */
function absentLength({ segments }: Lv, places: ReadonlyMap<string, Place>, extentSize: Sectors): Sectors {
  const lengths = segments.flatMap((segment) =>
    segment.type === "striped" && runsOf(segment).some((run) => !placeOf(places, run))
      ? [(segment.length / segment.areas.length) * extentSize]
      : [],
  );
  return Math.max(0, ...lengths);
}

function linesOf(
  vg: Vg,
  lv: Lv,
  segment: Segment,
  places: ReadonlyMap<string, Place>,
  left: ReadonlySet<string>,
): TableLine[] {
  const { extentSize } = vg;
  const line = (type: string, params: string): TableLine[] => [
    { start: segment.start * extentSize, length: segment.length * extentSize, type, params },
  ];
  const area = (run: Run) => {
    const place = placeOf(places, run);
    return place && { device: place.token, offset: place.dataStart + run.start * extentSize };
  };
  switch (segment.type) {
    case "linear": {
      const at = area({ ...segment.area, length: segment.length });
      return at ? line("linear", linear.encodeParams(at)) : line(error.type, "");
    }
    case "striped": {
      const absent = { device: `@${dmName(vg.name, lv.name, ABSENT)}`, offset: 0 };
      const stripes = runsOf(segment).map((run) => area(run) ?? absent);
      return line("striped", striped.encodeParams({ chunkSize: segment.stripeSize, stripes }));
    }
    case "raid1": {
      const someTakesPart = segment.legs.some((leg, index) => !left.has(imageLayer(legNumber(leg, index))));
      return someTakesPart ? line(raid.type, raidParams(vg, lv, segment, left)) : line(error.type, "");
    }
  }
}

function raidParams(
  vg: Vg,
  lv: Lv,
  { legs, regionSize }: Extract<Segment, { type: "raid1" }>,
  left: ReadonlySet<string>,
): string {
  const rebuild = legs.flatMap((leg, index) =>
    leg.state === "rebuild" && !left.has(imageLayer(legNumber(leg, index))) ? [index] : [],
  );
  const device = (layer: string) => (left.has(layer) ? null : `@${dmName(vg.name, lv.name, layer)}`);
  return raid.encodeParams({
    type: "raid1",
    chunkSize: 0,
    ...(rebuild.length > 0 && { rebuild }),
    options: { region_size: regionSize },
    devices: legs.map(legNumber).map((number) => ({
      metadata: device(metaLayer(number)),
      data: device(imageLayer(number)),
    })),
  });
}
