/** How a raid is made and grows: its options, what to allocate, and the segment that comes of it. */
import type { Leg, RaidSegment } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, isPowerOfTwo, parseSize, type Sectors } from "../../base/units.ts";
import type { ParameterSpec, Parameters, Values } from "../../port/parameters.ts";
import { newTracks, type Placed, type Shape } from "../shape.ts";
import { linearSegments } from "./linear.ts";
import {
  formatOf,
  kindOf,
  type Level,
  levelOf,
  mirrored,
  parityOf,
  type RaidLayout,
  widthOf,
} from "./raid-levels.ts";
import { LEAST_STRIPE, readStripeSize, stripeOptions } from "./stripe-options.ts";
import { type CreateOption, type Creation, creation, extentsIn, type Growth } from "./type.ts";

export const MAX_LEGS = mirrored.most;

/** dm-raid keeps at most 2^21 regions; a region is never longer than the device. */
export const MAX_REGIONS = 2 ** 21;

/**
 * Sectors of a leg's metadata: 4 KiB superblock, then the write-intent bitmap with its own head and one bit
 * for each of the most regions there can be, so that the LV can grow without it growing.
 */
export const META_SECTORS: Sectors = 8 + 8 + MAX_REGIONS / 8 / 512;

export const raidMetaExtents = (extentSize: Sectors): Extents => Math.ceil(META_SECTORS / extentSize);

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

/** The options that a level takes. */
function optionsOf({ stripes, mirrors: hasMirrors, hasMetadata }: Level): Parameters {
  const { mirrors, "region-size": region, ...ofStripes } = options;
  return {
    ...(stripes > 0 && ofStripes),
    ...(hasMirrors && { mirrors }),
    ...(hasMetadata && { "region-size": region }),
  };
}

export const creationOf = (level: Level): Creation =>
  creation({
    name: level.name,
    options: optionsOf(level),
    isMeant: ({ mirrors = 0 }) => level === mirrored && Number(mirrors) > 0,
    shape: (given, extentSize) => shapeOfNew(level, given, extentSize),
    example: level.example,
    alike: level.alike,
  });

/** What the options ask for. @throws DvmError USAGE */
function shapeOfNew(level: Level, given: Values<Parameters>, extentSize: Sectors): Shape {
  const { stripes = 0, mirrors = 1, ...sizes } = given as Values<typeof options>;
  const { name, most, hasCopies } = level;
  const copies = level.mirrors ? mirrors + 1 : 1;
  const parity = parityOf({ level: name });
  const legs = Math.max(1, level.stripes > 0 ? stripes : 1) * copies + parity;
  const width = Math.floor((most - parity) / (hasCopies ? copies : 1));
  if (level.mirrors && (mirrors < 1 || mirrors >= MAX_LEGS))
    throw new DvmError("USAGE", `a ${name} LV needs --mirrors of 1 to ${MAX_LEGS - 1}`);
  if (level.stripes > 0 && (stripes < level.stripes || legs > most))
    throw new DvmError("USAGE", `a ${name} LV needs --stripes of ${level.stripes} to ${width}`);
  const layout: RaidLayout = {
    level: name,
    ...(level.stripes > 0 && { stripeSize: readStripeSize(sizes["stripe-size"], extentSize) }),
    ...(hasCopies && { copies }),
    ...(level.hasMetadata && { regionSize: readRegionSize(sizes["region-size"]) }),
  };
  const { stripeSize = 0, regionSize } = layout;
  if (regionSize !== undefined && regionSize < stripeSize)
    throw new DvmError("USAGE", "--region-size must be at least the stripe size");
  return newRaid(layout, legs, extentSize);
}

/**
 * All legs of a new array are current: the kernel makes them equal, or computes their parity, by itself; it
 * reads only what is data, and of copies the first, until then.
 * @param layout regionSize: the wanted one; it is fitted to the length
 */
export const newRaid = (layout: RaidLayout, legs: number, extentSize: Sectors): Shape => ({
  tracks: newTracks(legs),
  apart: "legs",
  metaLength: levelOf(layout).hasMetadata ? raidMetaExtents(extentSize) : 0,
  width: widthOf(layout, legs),
  build: (placed) => [segmentOf(layout, placed.map(newLeg), extentSize)],
});

const newLeg = ({ runs, meta }: Placed): Leg => ({
  state: "current",
  image: linearSegments(0, runs),
  meta: linearSegments(0, meta ? [meta] : []),
});

/**
 * Each leg's image grows, and the bitmap has room for what comes. What comes of an array with parity has none
 * yet: without a leg the kernel refuses it, and with one that is rebuilt from the beginning a second parity
 * would stay as it is found on the disk, and be believed.
 * @throws DvmError UNSUPPORTED for a layout that md does not make longer; INCOMPLETE for parity without a leg
 */
export function grown(segment: RaidSegment, { extentSize, of }: Growth): Shape {
  const { legs } = segment;
  if (formatOf(segment) === "far")
    throw new DvmError("UNSUPPORTED", `an LV of ${kindOf(segment)} cannot get longer`);
  const lacking = parityOf(segment) > 0 ? legs.findIndex(({ state }) => state !== "current") : -1;
  if (lacking >= 0)
    throw new DvmError(
      "INCOMPLETE",
      `an LV of ${kindOf(segment)} gets longer only with all of its legs, and leg ` +
        `${legs[lacking]?.number ?? lacking} is not current: it has to be rebuilt before`,
    );
  const images = legs.map(({ image }) => of(image));
  return {
    tracks: images.flatMap(({ tracks }) => tracks),
    apart: "legs",
    metaLength: 0,
    width: widthOf(segment, legs.length),
    build(placed) {
      const rest = [...placed];
      const longer = images.map(({ tracks, build }) => build(rest.splice(0, tracks.length)));
      const all = legs.map((leg, index) => ({ ...leg, image: longer[index] ?? leg.image }));
      const { device } = segment;
      return [{ ...segmentOf(segment, all, extentSize), ...(device !== undefined && { device }) }];
    },
  };
}

/** A raid1 of legs of equal length, its region size fitted to them. */
export const raid1Of = (legs: Leg[], regionSize: Sectors, extentSize: Sectors): RaidSegment =>
  segmentOf({ level: mirrored.name, regionSize }, legs, extentSize);

/** As long as the images of its legs make it, its region size fitted to that. */
export function segmentOf(layout: RaidLayout, legs: Leg[], extentSize: Sectors): RaidSegment {
  const each = Math.min(...legs.map(({ image }) => extentsIn(image)));
  const length = each * widthOf(layout, legs.length);
  const { level, regionSize, stripeSize } = layout;
  return {
    type: "raid",
    start: 0,
    length,
    level,
    ...(layout.layout !== undefined && { layout: layout.layout }),
    ...(stripeSize !== undefined && { stripeSize }),
    ...(layout.copies !== undefined && { copies: layout.copies }),
    ...(regionSize !== undefined && {
      regionSize: fittingRegionSize(regionSize, length * extentSize, stripeSize ?? LEAST_STRIPE),
    }),
    legs,
  };
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
