/**
 * raid: dm-raid over legs, each of an image and of raid metadata. What a level is beyond that is its row.
 *
 * A leg's metadata holds dm-raid's superblock, and which regions were being written: by that a leg proves what it has.
 * A leg is current (may be read), to be rebuilt (written, never read until it is in sync), or stale (others were written
 * without it; it takes no part). It keeps its number, and with it its devices, for as long as it lives: a device never
 * comes to stand for another leg, whose metadata it would then be read with.
 */
import type { Leg, Lv, Raid1Segment, TableLine } from "../../../schema/index.ts";
import { assert } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, isPowerOfTwo, parseSize, type Sectors } from "../../base/units.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { areSynced, readableLegs } from "../../dm/readable-legs.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { raid as target } from "../../dm/targets/raid.ts";
import { raidHealthOf } from "../../dm/targets/raid-health.ts";
import type { ParameterSpec } from "../../port/parameters.ts";
import type { Run } from "../runs.ts";
import { newTracks, type Placed, type Shape } from "../shape.ts";
import { linearSegments } from "./linear.ts";
import {
  type About,
  type Below,
  type Creation,
  creation,
  extentsIn,
  type Growth,
  type NumberedLeg,
  type Part,
  rangeOf,
  type VolumeType,
} from "./type.ts";

/** A segment of any level. */
export type RaidSegment = Raid1Segment;

/** What tells the levels apart. */
interface Level {
  readonly name: RaidSegment["type"];
  /** Legs that a segment has at most. */
  readonly most: number;
  /** Of so many legs, how many hold different content: the LV is so many times as long as an image. */
  readonly width: (legs: number) => number;
  /** Of so many legs, how many are enough to read all of it. */
  readonly needed: (legs: number) => number;
}

const mirrored: Level = { name: "raid1", most: 10, width: () => 1, needed: () => 1 };

const levels: readonly Level[] = [mirrored];

export const MAX_LEGS = mirrored.most;

/** dm-raid keeps at most 2^21 regions; a region is never longer than the device. */
const MAX_REGIONS = 2 ** 21;

/**
 * Sectors of a leg's metadata: 4 KiB superblock, then the write-intent bitmap with its own head and one bit for each of
 * the most regions there can be, so that the LV can grow without it growing.
 */
const META_SECTORS: Sectors = 8 + 8 + MAX_REGIONS / 8 / 512;

export const raidMetaExtents = (extentSize: Sectors): Extents => Math.ceil(META_SECTORS / extentSize);

const imageLayer = (number: number): string => `rimage_${number}`;
const metaLayer = (number: number): string => `rmeta_${number}`;

/** The number of the leg that a layer of this name is of; undefined for any other layer. */
export function legOfLayer(layer: string): number | undefined {
  const [, number] = /^r(?:image|meta)_(\d{1,2})$/.exec(layer) ?? [];
  return number === undefined ? undefined : Number(number);
}

export const regionSizeOption = {
  summary: "The unit of resynchronisation of a new raid1 (default 2M)",
  type: "size",
  placeholder: "SIZE",
} as const satisfies ParameterSpec;

/** @throws DvmError USAGE */
export function readRegionSize(regionSize: Sectors = parseSize("2M")): Sectors {
  if (!isPowerOfTwo(regionSize) || regionSize < 8)
    throw new DvmError("USAGE", "--region-size must be a power of two of at least 4k");
  return regionSize;
}

/** One type a level. */
export const raid: readonly VolumeType<RaidSegment>[] = levels.map(
  (level): VolumeType<RaidSegment> => ({
    name: level.name,
    traits: [],

    runs: () => NO_RUNS,
    parts: partsOf,
    width: ({ legs }) => level.width(legs.length),
    stripeSize: () => null,
    key: () => undefined,
    legs: {
      of: legsOf,
      with: (segment, legs) => ({ ...segment, legs: withoutPlainNumbers(legs) }),
      needed: ({ legs }) => level.needed(legs.length),
      wiped: META_SECTORS,
      proof: {
        live: (top) => raidHealthOf(top)?.members,
        read: (bytes, path) => decodeRaidSuperblock(bytes.subarray(0, RAID_SUPERBLOCK_BYTES), path),
        readable: readableLegs,
        synced: areSynced,
      },
    },

    check: (segment, about) => check(level, segment, about),
    encode: ({ regionSize, legs }, inner) =>
      `"regionSize":${regionSize},"legs":[${legs.map((leg) => encodeLeg(leg, inner)).join(",")}]`,

    create: createOf(level),
    like: ({ legs, regionSize }, extentSize) => newRaid(level, legs.length, regionSize, extentSize),
    grow: (segment, growth) => grow(level, segment, growth),
    cut(segment, length, { extentSize, of }) {
      const each = length / level.width(segment.legs.length);
      const legs = segment.legs.map((leg) => ({ ...leg, image: of(leg.image, each) }));
      return segmentOf(level, legs, segment.regionSize, extentSize);
    },

    table: (segment, below) => table(level, segment, below),
    learn: () => [],
  }),
);

const NO_RUNS: readonly Run[] = [];

/** A leg's number in the names of its devices is its place in the list, unless it is told. */
function legsOf({ legs }: RaidSegment): NumberedLeg[] {
  return legs.map((leg, index) => ({ ...leg, number: leg.number ?? index }));
}

const withoutPlainNumbers = (legs: readonly Leg[]): Leg[] =>
  legs.map(({ number, ...leg }, index) =>
    number === undefined || number === index ? leg : { ...leg, number },
  );

function partsOf(segment: RaidSegment): Part[] {
  // While stripes are moved, the LV's own segments are an image.
  const image = segment.legs.some(({ move }) => move !== undefined) ? "on-pvs" : "plain";
  return legsOf(segment).flatMap(({ number, image: segments, meta }, leg): Part[] => [
    {
      layer: imageLayer(number),
      segments,
      holds: "content",
      accepts: image,
      leg,
      what: `the image of leg ${leg}`,
    },
    {
      layer: metaLayer(number),
      segments: meta,
      holds: "own",
      accepts: "plain",
      leg,
      what: `the meta of leg ${leg}`,
    },
  ]);
}

const encodeLeg = (
  { state, number, move, image, meta }: Leg,
  inner: (segments: Leg["image"]) => string,
): string =>
  `{"state":"${state}",${number === undefined ? "" : `"number":${number},`}${move === undefined ? "" : `"move":"${move}",`}"image":${inner(image)},"meta":${inner(meta)}}`;

function createOf(level: Level): Creation {
  return creation({
    options: {
      mirrors: { summary: "Keep N extra copies", type: "count", placeholder: "N", least: 1 },
      "region-size": {
        summary: "raid1: the unit of resynchronisation (default 2M)",
        type: "size",
        placeholder: "SIZE",
      },
    },
    isMeant: ({ mirrors = 0 }) => mirrors > 0,
    shape({ mirrors = 1, "region-size": wanted }, extentSize) {
      const regionSize = readRegionSize(wanted);
      if (mirrors < 1 || mirrors >= level.most)
        throw new DvmError("USAGE", `a ${level.name} LV needs --mirrors of 1 to ${level.most - 1}`);
      return newRaid(level, mirrors + 1, regionSize, extentSize);
    },
    example: ["--mirrors", "1"],
  });
}

/**
 * All legs of a new array are current: the kernel makes them equal by itself, reading only the first until then.
 * @param regionSize the wanted one; it is fitted to the length
 */
const newRaid = (level: Level, legs: number, regionSize: Sectors, extentSize: Sectors): Shape => ({
  tracks: newTracks(legs),
  apart: "legs",
  metaLength: raidMetaExtents(extentSize),
  width: level.width(legs),
  build: (placed) => [segmentOf(level, placed.map(newLeg), regionSize, extentSize)],
});

function newLeg({ runs, meta }: Placed): Leg {
  assert(meta, "a leg has no metadata");
  return { state: "current", image: linearSegments(0, runs), meta: linearSegments(0, [meta]) };
}

/** Each leg's image grows, and the bitmap has room for what comes. */
function grow(level: Level, { legs, regionSize }: RaidSegment, { extentSize, of }: Growth): Shape {
  const images = legs.map(({ image }) => of(image));
  return {
    tracks: images.flatMap(({ tracks }) => tracks),
    apart: "legs",
    metaLength: 0,
    width: level.width(legs.length),
    build(placed) {
      const rest = [...placed];
      const longer = images.map(({ tracks, build }) => build(rest.splice(0, tracks.length)));
      const grown = legs.map((leg, index) => ({ ...leg, image: longer[index] ?? leg.image }));
      return [segmentOf(level, grown, regionSize, extentSize)];
    },
  };
}

/** The segment of an LV that is a raid1. */
export const raid1In = ({ segments: [first] }: Lv): RaidSegment | undefined =>
  first?.type === mirrored.name ? first : undefined;

/** A raid1 of legs of equal length, its region size fitted to them. */
export const raid1Of = (legs: readonly Leg[], regionSize: Sectors, extentSize: Sectors): RaidSegment =>
  segmentOf(mirrored, withoutPlainNumbers(legs), regionSize, extentSize);

function segmentOf(level: Level, legs: Leg[], regionSize: Sectors, extentSize: Sectors): RaidSegment {
  const length = extentsIn(legs[0]?.image ?? []) * level.width(legs.length);
  const fitted = fittingRegionSize(regionSize, length * extentSize);
  return { type: level.name, start: 0, length, regionSize: fitted, legs };
}

/**
 * The region size to use for `length` sectors: the wanted one, halved while it is longer than the LV, doubled
 * while there would be too many regions. A power of two when `wanted` is one.
 */
function fittingRegionSize(wanted: Sectors, length: Sectors): Sectors {
  let size = wanted;
  while (size > length && size > 8) size /= 2;
  while (size * MAX_REGIONS < length) size *= 2;
  return size;
}

function check(level: Level, segment: RaidSegment, { whose, isAlone, extentSize, refuse }: About): void {
  const { regionSize, length, legs } = segment;
  const sectors = length * extentSize;
  if (!isAlone) refuse(`${whose}: a ${level.name} segment is the whole of its LV`);
  if (!isPowerOfTwo(regionSize) || regionSize > sectors || regionSize * MAX_REGIONS < sectors)
    refuse(`${whose}: region size ${regionSize} does not fit it`);
  const numbers = legsOf(segment).map(({ number }) => number);
  const current = legs.filter(({ state }) => state === "current").length;
  if (current < level.needed(legs.length)) refuse(`${whose} has no current leg`);
  if (new Set(numbers).size < legs.length) refuse(`${whose} has a leg number twice`);
  const moving = (end: "from" | "to"): number => legs.filter(({ move }) => move === end).length;
  if (moving("from") !== moving("to"))
    refuse(`${whose}: ${moving("from")} legs move to the places of ${moving("to")}`);
  const each = length / level.width(legs.length);
  for (const [index, { image, meta }] of legs.entries()) {
    const leg = `leg ${index} of ${whose}`;
    if (extentsIn(image) !== each) refuse(`${leg} has ${extentsIn(image)} extents instead of ${each}`);
    if (meta.length !== 1) refuse(`the meta of ${leg} is not in one piece`);
    const [has, needs] = [extentsIn(meta), raidMetaExtents(extentSize)];
    if (has < needs) refuse(`the meta of ${leg} has ${has} extents and needs ${needs}`);
  }
}

function table(level: Level, segment: RaidSegment, { extentSize, part }: Below): readonly TableLine[] {
  const range = rangeOf(segment, extentSize);
  const legs = legsOf(segment);
  const devices = legs.map(({ number }) => ({
    metadata: part(metaLayer(number)),
    data: part(imageLayer(number)),
  }));
  if (devices.every(({ data }) => data === null)) return [errorLine(range)];
  const rebuild = legs.flatMap(({ state }, index) =>
    state === "rebuild" && devices[index]?.data !== null ? [index] : [],
  );
  const params = target.encodeParams({
    type: level.name,
    chunkSize: 0,
    ...(rebuild.length > 0 && { rebuild }),
    options: { region_size: segment.regionSize },
    devices,
  });
  return [{ ...range, type: target.type, params }];
}
