/**
 * raid: dm-raid over legs, each of an image and of raid metadata. What a level is beyond that is its row.
 *
 * A leg's metadata holds dm-raid's superblock, and which regions were being written: by that a leg proves
 * what it has. A leg is current (may be read), to be rebuilt (written, never read until it is in sync), or
 * stale (others were written without it; it takes no part). It keeps its number, and with it its devices, for
 * as long as it lives: a device never comes to stand for another leg, whose metadata it would then be read
 * with.
 */
import type { Leg, Lv, Raid1Segment, Segment, TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, isPowerOfTwo, parseSize, type Sectors } from "../../base/units.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { areSynced, type LegEvidence, readableLegs } from "../../dm/readable-legs.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { raid as target } from "../../dm/targets/raid.ts";
import { raidHealthOf } from "../../dm/targets/raid-health.ts";
import type { ParameterSpec, Parameters, Values } from "../../port/parameters.ts";
import type { Run } from "../runs.ts";
import { newTracks, type Placed, type Shape } from "../shape.ts";
import { linearSegments } from "./linear.ts";
import {
  hasCopies,
  hasMetadata,
  isEnough,
  type Level,
  levels,
  mirrored,
  parityOf,
  type RaidFields,
  type RaidSegment,
  widthOf,
} from "./raid-levels.ts";
import { LEAST_STRIPE, readStripeSize, stripeOptions } from "./stripe-options.ts";
import {
  type About,
  type Below,
  type CreateOption,
  type Creation,
  creation,
  extentsIn,
  type Growth,
  type NumberedLeg,
  type Part,
  rangeOf,
  type VolumeType,
} from "./type.ts";

export const MAX_LEGS = mirrored.most;

/** What an LV is while it moves. */
export const MOVES_BY = mirrored.name;

/** dm-raid keeps at most 2^21 regions; a region is never longer than the device. */
const MAX_REGIONS = 2 ** 21;

/**
 * Sectors of a leg's metadata: 4 KiB superblock, then the write-intent bitmap with its own head and one bit
 * for each of the most regions there can be, so that the LV can grow without it growing.
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

const options = {
  ...stripeOptions,
  mirrors: { summary: "Keep N extra copies", type: "count", placeholder: "N", least: 1 },
  "region-size": {
    summary: "raid: the unit of resynchronisation (default 2M)",
    type: "size",
    placeholder: "SIZE",
  },
} as const satisfies Readonly<Record<string, CreateOption>>;

/** One type a level. */
export const raid: readonly VolumeType<RaidSegment>[] = levels.map(
  (level): VolumeType<RaidSegment> => ({
    name: level.name,
    traits: [],

    runs: () => NO_RUNS,
    parts: (segment) => partsOf(level, segment),
    width: (segment) => widthOf(level, segment.legs.length, segment),
    stripeSize: (segment) => fieldsOf(segment).stripeSize ?? null,
    key: () => undefined,
    legs: {
      of: legsOf,
      with: (segment, legs) => ({ ...segment, legs: withoutPlainNumbers(legs) }),
      alike: level === mirrored,
      suffice: (segment, isThere) => isEnough(level, segment, isThere),
      role: (segment, leg) => roleOf(level, segment, leg),
      wiped: META_SECTORS,
      proof: {
        live: (top) => raidHealthOf(top)?.members,
        read: (bytes, path) => decodeRaidSuperblock(bytes.subarray(0, RAID_SUPERBLOCK_BYTES), path),
        readable: (legs) => readableOf(level, legs),
        synced: areSynced,
      },
    },

    check: (segment, about) => check(level, segment, about),
    encode,

    create: createOf(level),
    like: (segment, extentSize) => newRaid(level, segment.legs.length, fieldsOf(segment), extentSize),
    grow: (segment, growth) => grow(level, segment, growth),
    cut(segment, length, { extentSize, of }) {
      const each = length / widthOf(level, segment.legs.length, segment);
      const legs = segment.legs.map((leg) => ({ ...leg, image: of(leg.image, each) }));
      return segmentOf(level, legs, fieldsOf(segment), extentSize);
    },

    table: (segment, below) => table(level, segment, below),
    learn: () => [],
  }),
);

/**
 * What parity makes of the others is right only once it has been computed: without that, a leg that is away
 * is gone. A kernel does not take such an array either.
 */
function readableOf(level: Level, legs: readonly LegEvidence[]): readonly number[] {
  const readable = readableLegs(legs);
  const isWhole = readable.length === legs.length || parityOf(level) === 0;
  const isComputed = legs.some(({ superblock }) => superblock !== null) && areSynced(legs);
  return isWhole || isComputed ? readable : [];
}

const NO_RUNS: readonly Run[] = [];

function fieldsOf(segment: RaidFields): RaidFields {
  const { stripeSize, copies, regionSize } = segment;
  return {
    ...(stripeSize !== undefined && { stripeSize }),
    ...(copies !== undefined && { copies }),
    ...(regionSize !== undefined && { regionSize }),
  };
}

/** The options that a level takes. */
function optionsOf(level: Level): Parameters {
  const { mirrors, "region-size": region, ...ofStripes } = options;
  return {
    ...(level.stripes > 0 && ofStripes),
    ...(level.mirrors && { mirrors }),
    ...(hasMetadata(level) && { "region-size": region }),
  };
}

/** What the options ask for. @throws DvmError USAGE */
function shapeOfNew(level: Level, given: Values<Parameters>, extentSize: Sectors): Shape {
  const { stripes = 0, mirrors = 1, ...sizes } = given as Values<typeof options>;
  const { name, most } = level;
  const copies = level.mirrors ? mirrors + 1 : 1;
  const legs = Math.max(1, level.stripes > 0 ? stripes : 1) * copies + parityOf(level);
  const width = Math.floor((most - parityOf(level)) / (hasCopies(level) ? copies : 1));
  if (level.mirrors && (mirrors < 1 || mirrors >= MAX_LEGS))
    throw new DvmError("USAGE", `a ${name} LV needs --mirrors of 1 to ${MAX_LEGS - 1}`);
  if (level.stripes > 0 && (stripes < level.stripes || legs > most))
    throw new DvmError("USAGE", `a ${name} LV needs --stripes of ${level.stripes} to ${width}`);
  const fields: RaidFields = {
    ...(level.stripes > 0 && { stripeSize: readStripeSize(sizes["stripe-size"], extentSize) }),
    ...(hasCopies(level) && { copies }),
    ...(hasMetadata(level) && { regionSize: readRegionSize(sizes["region-size"]) }),
  };
  const { stripeSize = 0, regionSize } = fields;
  if (regionSize !== undefined && regionSize < stripeSize)
    throw new DvmError("USAGE", "--region-size must be at least the stripe size");
  return newRaid(level, legs, fields, extentSize);
}

/** Keys in the order of the schema. */
function encode(segment: RaidSegment, inner: (segments: readonly Segment[]) => string): string {
  const { stripeSize, copies, regionSize }: RaidFields = segment;
  const fields = Object.entries({ stripeSize, copies, regionSize }).map(([key, value]) =>
    value === undefined ? "" : `"${key}":${value},`,
  );
  return `${fields.join("")}"legs":[${segment.legs.map((leg) => encodeLeg(leg, inner)).join(",")}]`;
}

/** Any leg of a mirror may take another's place; of all other levels each has a share of its own. */
function roleOf(level: Level, segment: RaidSegment, leg: number): string {
  if (level === mirrored) return "";
  const { stripeSize, copies = 1 }: RaidFields = segment;
  return `${level.name} ${stripeSize} ${copies} ${leg}/${segment.legs.length} `;
}

/** A leg's number in the names of its devices is its place in the list, unless it is told. */
function legsOf({ legs }: RaidSegment): NumberedLeg[] {
  return legs.map((leg, index) => ({ ...leg, number: leg.number ?? index }));
}

const withoutPlainNumbers = (legs: readonly Leg[]): Leg[] =>
  legs.map(({ number, ...leg }, index) =>
    number === undefined || number === index ? leg : { ...leg, number },
  );

const metaPart = (layer: string, segments: readonly Segment[], leg: number): Part => ({
  layer,
  segments,
  holds: "own",
  accepts: "plain",
  leg,
  what: `the meta of leg ${leg}`,
});

function partsOf(level: Level, segment: RaidSegment): Part[] {
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
    ...(hasMetadata(level) ? [metaPart(metaLayer(number), meta, leg)] : []),
  ]);
}

const encodeLeg = (
  { state, number, move, image, meta }: Leg,
  inner: (segments: Leg["image"]) => string,
): string =>
  `{"state":"${state}",${number === undefined ? "" : `"number":${number},`}${move === undefined ? "" : `"move":"${move}",`}"image":${inner(image)},"meta":${inner(meta)}}`;

function createOf(level: Level): Creation {
  return creation({
    options: optionsOf(level),
    isMeant: ({ mirrors = 0 }) => level === mirrored && Number(mirrors) > 0,
    shape: (given, extentSize) => shapeOfNew(level, given, extentSize),
    example: level.example,
  });
}

/**
 * All legs of a new array are current: the kernel makes them equal, or computes their parity, by itself; it
 * reads only what is data, and of copies the first, until then.
 * @param fields regionSize: the wanted one; it is fitted to the length
 */
const newRaid = (level: Level, legs: number, fields: RaidFields, extentSize: Sectors): Shape => ({
  tracks: newTracks(legs),
  apart: "legs",
  metaLength: hasMetadata(level) ? raidMetaExtents(extentSize) : 0,
  width: widthOf(level, legs, fields),
  build: (placed) => [segmentOf(level, placed.map(newLeg), fields, extentSize)],
});

const newLeg = ({ runs, meta }: Placed): Leg => ({
  state: "current",
  image: linearSegments(0, runs),
  meta: linearSegments(0, meta ? [meta] : []),
});

/** Each leg's image grows, and the bitmap has room for what comes. */
function grow(level: Level, segment: RaidSegment, { extentSize, of }: Growth): Shape {
  const { legs } = segment;
  const images = legs.map(({ image }) => of(image));
  return {
    tracks: images.flatMap(({ tracks }) => tracks),
    apart: "legs",
    metaLength: 0,
    width: widthOf(level, legs.length, segment),
    build(placed) {
      const rest = [...placed];
      const longer = images.map(({ tracks, build }) => build(rest.splice(0, tracks.length)));
      const grown = legs.map((leg, index) => ({ ...leg, image: longer[index] ?? leg.image }));
      return [segmentOf(level, grown, fieldsOf(segment), extentSize)];
    },
  };
}

/** The segment of an LV that is a raid1. */
export const raid1In = ({ segments: [first] }: Lv): Raid1Segment | undefined =>
  first?.type === mirrored.name ? (first as Raid1Segment) : undefined;

/** A raid1 of legs of equal length, its region size fitted to them. */
export const raid1Of = (legs: readonly Leg[], regionSize: Sectors, extentSize: Sectors): RaidSegment =>
  segmentOf(mirrored, withoutPlainNumbers(legs), { regionSize }, extentSize);

function segmentOf(level: Level, legs: Leg[], fields: RaidFields, extentSize: Sectors): RaidSegment {
  const length = extentsIn(legs[0]?.image ?? []) * widthOf(level, legs.length, fields);
  const { regionSize, stripeSize = LEAST_STRIPE } = fields;
  const fitted =
    regionSize === undefined
      ? {}
      : { regionSize: fittingRegionSize(regionSize, length * extentSize, stripeSize) };
  return { type: level.name, start: 0, length, ...fields, ...fitted, legs } as RaidSegment;
}

/**
 * The region size to use for `length` sectors: the wanted one, halved while it is longer than the LV, doubled
 * while there would be too many regions. A power of two when `wanted` is one.
 */
function fittingRegionSize(wanted: Sectors, length: Sectors, least: Sectors): Sectors {
  let size = wanted;
  while (size > length && size > least) size /= 2;
  while (size * MAX_REGIONS < length) size *= 2;
  return size;
}

function check(level: Level, segment: RaidSegment, { whose, isAlone, extentSize, refuse }: About): void {
  const { length, legs } = segment;
  const { stripeSize = LEAST_STRIPE, copies = 1, regionSize }: RaidFields = segment;
  const sectors = length * extentSize;
  if (!isAlone) refuse(`${whose}: a ${level.name} segment is the whole of its LV`);
  if (legs.length % copies !== 0) refuse(`${whose}: ${legs.length} legs hold no ${copies} copies each`);
  if (regionSize !== undefined) {
    const fits = regionSize <= sectors && regionSize * MAX_REGIONS >= sectors && regionSize >= stripeSize;
    if (!isPowerOfTwo(regionSize) || !fits) refuse(`${whose}: region size ${regionSize} does not fit it`);
  }
  if (!isPowerOfTwo(stripeSize) || stripeSize < LEAST_STRIPE)
    refuse(`${whose}: stripe size ${stripeSize} is no power of two of at least ${LEAST_STRIPE} sectors`);
  const numbers = legsOf(segment).map(({ number }) => number);
  if (!isEnough(level, segment, (leg) => legs[leg]?.state === "current"))
    refuse(`${whose} has ${level === mirrored ? "no current leg" : "too few current legs"}`);
  if (new Set(numbers).size < legs.length) refuse(`${whose} has a leg number twice`);
  const moving = (end: "from" | "to"): number => legs.filter(({ move }) => move === end).length;
  if (moving("from") !== moving("to"))
    refuse(`${whose}: ${moving("from")} legs move to the places of ${moving("to")}`);
  if (level !== mirrored && moving("from") > 0) refuse(`${whose}: legs of ${level.name} do not move`);
  const width = widthOf(level, legs.length, segment);
  if (length % width !== 0) refuse(`${whose}: ${length} extents cannot be striped over ${width}`);
  const each = length / width;
  if ((each * extentSize) % stripeSize !== 0)
    refuse(`${whose}: its images are no multiple of the stripe size`);
  for (const index of legs.keys()) checkLeg(level, segment, index, { whose, each, extentSize, refuse });
}

function checkLeg(
  level: Level,
  { legs }: RaidSegment,
  index: number,
  { whose, each, extentSize, refuse }: Omit<About, "isAlone"> & { readonly each: Extents },
): void {
  const leg = `leg ${index} of ${whose}`;
  const { image, meta } = legs[index] as Leg;
  if (extentsIn(image) !== each) refuse(`${leg} has ${extentsIn(image)} extents instead of ${each}`);
  if (!hasMetadata(level)) {
    if (meta.length > 0) refuse(`${leg} has a meta, which ${level.name} has not`);
    return;
  }
  if (meta.length !== 1) refuse(`the meta of ${leg} is not in one piece`);
  const [has, needs] = [extentsIn(meta), raidMetaExtents(extentSize)];
  if (has < needs) refuse(`the meta of ${leg} has ${has} extents and needs ${needs}`);
}

function table(level: Level, segment: RaidSegment, { extentSize, part }: Below): readonly TableLine[] {
  const range = rangeOf(segment, extentSize);
  const legs = legsOf(segment);
  const devices = legs.map(({ number }) => ({
    metadata: hasMetadata(level) ? part(metaLayer(number)) : null,
    data: part(imageLayer(number)),
  }));
  if (!isEnough(level, segment, (leg) => devices[leg]?.data !== null)) return [errorLine(range)];
  const { stripeSize = 0, copies, regionSize }: RaidFields = segment;
  const rebuild = legs.flatMap(({ state }, index) =>
    state === "rebuild" && devices[index]?.data !== null ? [index] : [],
  );
  const params = target.encodeParams({
    type: level.dm,
    chunkSize: stripeSize,
    ...(rebuild.length > 0 && { rebuild }),
    options: {
      ...(regionSize !== undefined && { region_size: regionSize }),
      ...(copies !== undefined && { raid10_copies: copies }),
    },
    devices,
  });
  return [{ ...range, type: target.type, params }];
}
