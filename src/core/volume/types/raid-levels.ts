/** The levels of raid, a row each: what raid.ts does not do alike for all of them. */
import type { RaidSegment } from "../../../schema/index.ts";
import { dataLegs, type Redundancy, suffices } from "../../dm/targets/raid/redundancy.ts";
import { isRaidType, parityDevices, type RaidType } from "../../dm/targets/raid-words.ts";

type LevelName = RaidSegment["level"];

/** What of a segment says how its content lies on its legs, and which keys a level has. */
export type RaidLayout = Pick<RaidSegment, "level" | "layout" | "stripeSize" | "copies" | "regionSize">;

export interface Level {
  readonly name: LevelName;
  /** Of layouts that dm-raid names behind the level's name the one that is meant when none is told. */
  readonly layout?: string;
  /** --stripes: at least so many; 0 for a level that has none. */
  readonly stripes: number;
  /** It takes --mirrors. */
  readonly mirrors: boolean;
  /** Each leg has all of the content. */
  readonly alike: boolean;
  /** raid0 has no metadata. */
  readonly hasMetadata: boolean;
  /** Of each chunk there are some, side by side or otherwise. */
  readonly hasCopies: boolean;
  /** Legs that a segment has at least, and at most. */
  readonly least: number;
  readonly most: number;
  /** Words of create-lv that make one, besides name and size. */
  readonly example: readonly string[];
}

export const mirrored: Level = {
  name: "raid1",
  stripes: 0,
  mirrors: true,
  alike: true,
  hasMetadata: true,
  hasCopies: false,
  least: 2,
  most: 10,
  example: ["--mirrors", "1"],
};

const striped = (name: LevelName, stripes: number, least: number, more: Partial<Level> = {}): Level => ({
  name,
  stripes,
  mirrors: false,
  alike: false,
  hasMetadata: true,
  hasCopies: false,
  least,
  most: 64,
  example: ["--type", name, "--stripes", String(stripes)],
  ...more,
});

export const levels: readonly Level[] = [
  striped("raid0", 2, 2, { hasMetadata: false }),
  mirrored,
  striped("raid4", 2, 3),
  striped("raid5", 2, 3, { layout: "ls" }),
  // md would do with two, which raid10 does better.
  striped("raid6", 3, 5, { layout: "zr" }),
  striped("raid10", 2, 4, { mirrors: true, hasCopies: true }),
];

const byName = new Map(levels.map((level) => [level.name, level]));

export const levelOf = ({ level }: Pick<RaidLayout, "level">): Level => byName.get(level) as Level;

/** Level and layout in one word, as dm-raid has it; undefined where there is no such layout. */
export function dmTypeOf({ level, layout }: RaidLayout): RaidType | undefined {
  const { layout: usual, hasCopies } = levelOf({ level });
  if (hasCopies || (usual === undefined && layout === undefined)) return level as RaidType;
  const word = `${level}_${layout ?? usual}`;
  return usual !== undefined && layout !== usual && isRaidType(word) ? word : undefined;
}

/** How raid10's copies lie. */
export const formatOf = ({ layout }: RaidLayout): "far" | "offset" | undefined =>
  layout === "far" || layout === "offset" ? layout : undefined;

/** Whether dm-raid has such a layout. */
export const isLayout = (layout: RaidLayout): boolean =>
  levelOf(layout).hasCopies
    ? layout.layout === undefined || formatOf(layout) !== undefined
    : dmTypeOf(layout) !== undefined;

export const parityOf = (layout: RaidLayout): number => parityDevices(typeIn(layout));

function redundancyOf(layout: RaidLayout, legs: number): Redundancy {
  const { copies } = layout;
  const format = formatOf(layout);
  return { type: typeIn(layout), legs, ...(copies !== undefined && { copies }), ...(format && { format }) };
}

/** Of a layout that has been checked, or has to be. */
const typeIn = (layout: RaidLayout): RaidType => dmTypeOf(layout) ?? (layout.level as RaidType);

/** How many legs hold different content: the LV is so many times as long as an image. */
export const widthOf = (layout: RaidLayout, legs: number): number => dataLegs(redundancyOf(layout, legs));

/** Whether the legs that are there have all of the content together. */
export const isEnough = (segment: RaidSegment, isThere: (leg: number) => boolean): boolean =>
  suffices(redundancyOf(segment, segment.legs.length), isThere);

/** Level and layout for people, as dm-raid names them; without the layout where it is the usual one. */
export const kindOf = ({ level, layout }: RaidLayout): string =>
  layout === undefined ? level : `${level}_${layout}`;
