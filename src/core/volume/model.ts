/** What the metadata of a VG says, seen as components and the extents that they use. Lengths are in extents. */
import type { Area, Leg, Lv, Metadata, Segment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";

/** One dm device of an LV: the LV itself, or a part of it that has a device of its own. */
export interface Component {
  /** The last part of its dm name: "" for the LV itself, else `rimage_0`, `rmeta_0`… */
  readonly layer: string;
  readonly segments: readonly Segment[];
}

/** Extents of a PV that one segment uses. */
export interface Run {
  readonly pv: string;
  readonly start: Extents;
  readonly length: Extents;
}

/** The types of segment that this program understands; the schema admits others, for reading. */
const KNOWN: ReadonlySet<string> = new Set(["linear", "striped", "raid1"] satisfies Segment["type"][]);

export const isKnown = (segment: { readonly type: string }): boolean => KNOWN.has(segment.type);

export const isLinear = ({ type }: Segment): boolean => type === "linear";

/** True when every segment of the LV, and of its parts, is of a type that this program understands. */
export const isKnownLv = ({ segments }: Lv): boolean => unknownIn(segments) === undefined;

/** The first segment of a type that this program does not understand, parts included. */
export function unknownIn(segments: readonly Segment[]): Segment | undefined {
  if (segments.every(isLinear)) return undefined;
  for (const segment of segments) {
    if (!isKnown(segment)) return segment;
    if (segment.type !== "raid1") continue;
    for (const { image, meta } of segment.legs) {
      const unknown = unknownIn(image) ?? unknownIn(meta);
      if (unknown) return unknown;
    }
  }
  return undefined;
}

/** The LV's length. */
export function lengthOf({ segments }: Component | Lv): Extents {
  const last = segments.at(-1);
  return last ? last.start + last.length : 0;
}

/** The LV's components, those that others are built on first. An unknown segment has none that we know of. */
export function components(lv: Lv): readonly Component[] {
  const top: Component = { layer: "", segments: lv.segments };
  if (lv.segments.every(isLinear)) return [top];
  const parts: Component[] = [];
  for (const segment of lv.segments) {
    if (segment.type !== "raid1") continue;
    segment.legs.forEach((leg, index) => {
      const number = legNumber(leg, index);
      parts.push({ layer: imageLayer(number), segments: leg.image });
      parts.push({ layer: metaLayer(number), segments: leg.meta });
    });
  }
  parts.push(top);
  return parts;
}

/** The number in the names of a leg's dm devices. @param index the leg's place in its list */
export const legNumber = ({ number }: Pick<Leg, "number">, index: number): number => number ?? index;

export const imageLayer = (leg: number): string => `rimage_${leg}`;
export const metaLayer = (leg: number): string => `rmeta_${leg}`;

/** The areas of a segment, each with the extents it has on its PV; none for a segment built on components. */
export function runsOf(segment: Segment): readonly Run[] {
  if (segment.type === "linear") return [run(segment.area, segment.length)];
  if (segment.type === "striped") {
    const length = segment.length / segment.areas.length;
    return segment.areas.map((area) => run(area, length));
  }
  return [];
}

const run = ({ pv, start }: Area, length: Extents): Run => ({ pv, start, length });

/** Calls `visit` with every run of every component of the LV, as allRuns lists them, for VGs of very many LVs. */
export function eachRun(
  segments: readonly Segment[],
  visit: (pv: string, start: Extents, length: Extents) => void,
): void {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    if (segment.type === "linear") visit(segment.area.pv, segment.area.start, segment.length);
    else if (segment.type === "raid1") {
      for (const { image, meta } of segment.legs) {
        eachRun(image, visit);
        eachRun(meta, visit);
      }
    } else for (const { pv, start, length } of runsOf(segment)) visit(pv, start, length);
  }
}

/** Every run of every component of the LV. */
export const allRuns = (lv: Lv): readonly Run[] =>
  components(lv).flatMap(({ segments }) => segments.flatMap(runsOf));

/** dm-raid keeps at most 2^21 regions; a region is never longer than the device. */
export const MAX_REGIONS = 2 ** 21;

/**
 * Sectors of a raid metadata component: 4 KiB superblock, then the write-intent bitmap with its own head and one
 * bit for each of the most regions there can be, so that the LV can grow without it growing.
 */
export const RAID_META_SECTORS: Sectors = 8 + 8 + MAX_REGIONS / 8 / 512;

export const raidMetaExtents = (extentSize: Sectors): Extents => Math.ceil(RAID_META_SECTORS / extentSize);

/**
 * The region size to use for `length` sectors: the wanted one, halved while it is longer than the LV, doubled
 * while there would be too many regions. A power of two when `wanted` is one.
 */
export function fittingRegionSize(wanted: Sectors, length: Sectors): Sectors {
  let size = wanted;
  while (size > length && size > 8) size /= 2;
  while (size * MAX_REGIONS < length) size *= 2;
  return size;
}

export type { Area, Leg, Lv, Metadata, Segment };
