/**
 * raid: dm-raid over legs, each of an image and of raid metadata. What a level is beyond that is its row.
 *
 * A leg's metadata holds dm-raid's superblock, and which regions were being written: by that a leg proves
 * what it has. A leg is current (may be read), to be rebuilt (written, never read until it is in sync), or
 * stale (others were written without it; it takes no part). It keeps its number, and with it its devices, for
 * as long as it lives: a device never comes to stand for another leg, whose metadata it would then be read
 * with.
 */
import type { Leg, Lv, RaidSegment, Segment, TableLine } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { firstMetadata } from "../../dm/raid-metadata.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { areSynced, hasBegun, type LegEvidence, readableLegs } from "../../dm/readable-legs.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { linear } from "../../dm/targets/linear.ts";
import { type Raid, type RaidDevice, raid as target } from "../../dm/targets/raid.ts";
import { raidHealthOf } from "../../dm/targets/raid-health.ts";
import type { TargetRange } from "../../dm/targets/target.ts";
import type { Run } from "../runs.ts";
import { checkRaid } from "./raid-check.ts";
import { dmTypeOf, formatOf, isEnough, kindOf, levelOf, levels, parityOf, widthOf } from "./raid-levels.ts";
import { creationOf, grown, META_SECTORS, newRaid, raid1Of, segmentOf } from "./raid-new.ts";
import { type Below, type NumberedLeg, type Part, rangeOf, type VolumeType } from "./type.ts";

const imageLayer = (number: number): string => `rimage_${number}`;
const metaLayer = (number: number): string => `rmeta_${number}`;

/**
 * The number of the leg that a layer of this name is of, or what stands below one (`rimage_0-missing_0_0`);
 * undefined for any other layer.
 */
export function legOfLayer(layer: string): number | undefined {
  const [, number] = /^r(?:image|meta)_(\d{1,2})(?:-|$)/.exec(layer) ?? [];
  return number === undefined ? undefined : Number(number);
}

export const raid: VolumeType<RaidSegment> = {
  name: "raid",
  kind: kindOf,
  traits: ["leg"],

  runs: () => NO_RUNS,
  parts: partsOf,
  width: (segment) => widthOf(segment, segment.legs.length),
  stripeSize: ({ stripeSize }) => stripeSize ?? null,
  key: () => undefined,
  legs: {
    of: legsOf,
    isBelow: ({ device }) => device !== undefined,
    with: (segment, legs) => ({ ...segment, legs: withoutPlainNumbers(legs) }),
    alike: (segment) => levelOf(segment).alike,
    suffice: isEnough,
    role: roleOf,
    wiped: META_SECTORS,
    proof: (segment) => ({
      live: (top) => raidHealthOf(top)?.members,
      read: (bytes, path) => decodeRaidSuperblock(bytes.subarray(0, RAID_SUPERBLOCK_BYTES), path),
      good: readableLegs,
      hasBegun,
      readable: (legs) => readableOf(segment, legs),
      growsWhole: parityOf(segment) > 0,
      synced: areSynced,
      first: (legs, range) => (levelOf(segment).hasMetadata ? firstOf(segment, legs, range) : []),
    }),
  },

  check: checkRaid,
  encode,

  creates: levels.map(creationOf),
  layout: layoutOf,
  like: (segment, extentSize) => newRaid(segment, segment.legs.length, extentSize),
  grow: grown,
  cut(segment, length, { extentSize, of }) {
    const each = length / widthOf(segment, segment.legs.length);
    const legs = segment.legs.map((leg) => ({ ...leg, image: of(leg.image, each) }));
    return { ...segmentOf(segment, legs, extentSize), ...deviceOf(segment) };
  },

  table,
  learn: () => [],
};

/** Where parity is not known, a leg that is away is gone, and with it the content. */
function readableOf(segment: RaidSegment, legs: readonly LegEvidence[]): readonly number[] {
  const readable = readableLegs(legs);
  const isWhole = readable.length === legs.length || parityOf(segment) === 0;
  return isWhole || areSynced(legs) ? readable : [];
}

function firstOf(segment: RaidSegment, legs: readonly LegEvidence[], range: TargetRange) {
  const none = { metadata: null, data: null };
  return firstMetadata(
    arrayOf(
      segment,
      legs.map(() => none),
      [],
    ),
    range,
    legs,
  );
}

/** The device that the array runs on, if that is not the one of its LV, or of the leg that it is. */
const deviceOf = ({ device }: RaidSegment): Pick<RaidSegment, "device"> =>
  device === undefined ? {} : { device };

const NO_RUNS: readonly Run[] = [];

/** Not the size of regions, which is fitted to the length when it is made. */
function layoutOf(segment: RaidSegment): Readonly<Record<string, number>> {
  const { stripes, mirrors } = levelOf(segment);
  const { legs, stripeSize = 0, copies = mirrors ? legs.length : 1 } = segment;
  return {
    ...(stripes > 0 && { stripes: widthOf(segment, legs.length), "stripe-size": stripeSize }),
    ...(mirrors && { mirrors: copies - 1 }),
  };
}

/** Keys in the order of the schema. */
function encode(segment: RaidSegment, inner: (segments: readonly Segment[]) => string): string {
  const { level, layout, stripeSize, copies, regionSize, device } = segment;
  const fields = Object.entries({ level, layout, stripeSize, copies, regionSize, device }).map(
    ([key, value]) => (value === undefined ? "" : `"${key}":${JSON.stringify(value)},`),
  );
  return `${fields.join("")}"legs":[${segment.legs.map((leg) => encodeLeg(leg, inner)).join(",")}]`;
}

/** Any leg of a mirror may take another's place; of all other levels each has a share of its own. */
function roleOf(segment: RaidSegment, leg: number): string {
  if (levelOf(segment).alike) return "";
  return `${kindOf(segment)} ${segment.stripeSize} ${segment.copies ?? 1} ${leg}/${segment.legs.length} `;
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

const arrayPart = ({ device: _, ...segment }: RaidSegment, number: number): Part => ({
  layer: imageLayer(number),
  segments: [segment],
  holds: "content",
  accepts: "leg",
  what: "the array",
});

function partsOf(segment: RaidSegment): Part[] {
  if (segment.device !== undefined) return [arrayPart(segment, segment.device)];
  return legsOf(segment).flatMap(({ number, image: segments, meta }, leg): Part[] => [
    {
      layer: imageLayer(number),
      segments,
      holds: "content",
      accepts: "leg",
      leg,
      what: `the image of leg ${leg}`,
    },
    ...(levelOf(segment).hasMetadata ? [metaPart(metaLayer(number), meta, leg)] : []),
  ]);
}

const encodeLeg = (
  { state, number, move, image, meta }: Leg,
  inner: (segments: Leg["image"]) => string,
): string =>
  `{"state":"${state}",${number === undefined ? "" : `"number":${number},`}${move === undefined ? "" : `"move":"${move}",`}"image":${inner(image)},"meta":${inner(meta)}}`;

/** The segment of an LV whose legs each have all of the content. */
export const mirrorIn = ({ segments: [first] }: Lv): RaidSegment | undefined =>
  first?.type === raid.name && levelOf(first as RaidSegment).alike ? (first as RaidSegment) : undefined;

/** The legs of what is, by itself, such an LV. */
export function mirrorLegs([first]: readonly Segment[]): Leg[] {
  const raid1 = first?.type === raid.name ? (first as RaidSegment) : undefined;
  return raid1 && levelOf(raid1).alike ? raid1.legs : [];
}

/** Of such legs, as long as the shortest; its region size is fitted to that. */
export const mirrorOf = (legs: readonly Leg[], regionSize: number, extentSize: number): RaidSegment =>
  raid1Of(withoutPlainNumbers(legs), regionSize, extentSize);

/**
 * What is a leg becomes all of its LV. An array goes on on the leg's device: two of them on one device would
 * each write what it knows.
 */
export const asTop = (image: readonly Segment[], number: number): Segment[] =>
  image.map((segment) =>
    segment.type === raid.name ? { ...(segment as RaidSegment), device: number } : segment,
  );

/** All of an LV becomes a leg. @returns the number that the leg has to have, if it has to have one */
export function asImage(segments: readonly Segment[]): { image: Segment[]; number: number | undefined } {
  const [first] = segments;
  if (first?.type !== raid.name) return { image: [...segments], number: undefined };
  const { device, ...segment } = first as RaidSegment;
  return { image: [segment], number: device };
}

/** An image whose legs, if it has any, have numbers of their own. @param next gives one that nobody has */
export const numbered = (image: readonly Segment[], next: () => number): Segment[] =>
  image.map((segment) =>
    segment.type === raid.name
      ? (raid.legs?.with(
          segment as RaidSegment,
          legsOf(segment as RaidSegment).map((leg) => ({ ...leg, number: next() })),
        ) ?? segment)
      : segment,
  );

function table(segment: RaidSegment, { extentSize, part }: Below): readonly TableLine[] {
  const range = rangeOf(segment, extentSize);
  if (segment.device !== undefined) {
    const device = part(imageLayer(segment.device));
    if (device === null) return [errorLine(range)];
    return [{ ...range, type: linear.type, params: linear.encodeParams({ device, offset: 0 }) }];
  }
  const { hasMetadata } = levelOf(segment);
  const devices = legsOf(segment).map(({ number }) => ({
    metadata: hasMetadata ? part(metaLayer(number)) : null,
    data: part(imageLayer(number)),
  }));
  if (!isEnough(segment, (leg) => devices[leg]?.data !== null)) return [errorLine(range)];
  const rebuild = segment.legs.flatMap(({ state }, index) =>
    state === "rebuild" && devices[index]?.data !== null ? [index] : [],
  );
  return [{ ...range, type: target.type, params: target.encodeParams(arrayOf(segment, devices, rebuild)) }];
}

function arrayOf(segment: RaidSegment, devices: readonly RaidDevice[], rebuild: readonly number[]): Raid {
  const { stripeSize = 0, copies, regionSize } = segment;
  const format = formatOf(segment);
  return {
    type: defined(dmTypeOf(segment), "a layout of dm-raid"),
    chunkSize: stripeSize,
    ...(rebuild.length > 0 && { rebuild }),
    ...(format && { raid10Format: format }),
    options: {
      ...(regionSize !== undefined && { region_size: regionSize }),
      ...(copies !== undefined && { raid10_copies: copies }),
    },
    devices,
  };
}
