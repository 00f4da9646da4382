/** The levels of raid, a row each: what raid.ts does not do alike for all of them. */
import type {
  Raid0Segment,
  Raid1Segment,
  Raid4Segment,
  Raid5Segment,
  Raid6Segment,
  Raid10Segment,
} from "../../../schema/index.ts";
import { dataLegs, type Redundancy, suffices } from "../../dm/targets/raid/redundancy.ts";
import { parityDevices, type RaidType } from "../../dm/targets/raid-words.ts";

/** A segment of any level. */
export type RaidSegment =
  | Raid0Segment
  | Raid1Segment
  | Raid4Segment
  | Raid5Segment
  | Raid6Segment
  | Raid10Segment;

/** The keys that not every level has. */
export interface RaidFields {
  readonly stripeSize?: number;
  /** raid10: of each chunk. */
  readonly copies?: number;
  /** Not of raid0, which has no metadata. */
  readonly regionSize?: number;
}

export interface Level {
  readonly name: RaidSegment["type"];
  /** Type and layout as dm-raid names them. */
  readonly dm: RaidType;
  /** --stripes: at least so many; 0 for a level that has none. */
  readonly stripes: number;
  /** It takes --mirrors. */
  readonly mirrors: boolean;
  /** Legs that a segment has at most. */
  readonly most: number;
  /** Words of create-lv that make one, besides name and size. */
  readonly example: readonly string[];
}

export const mirrored: Level = {
  name: "raid1",
  dm: "raid1",
  stripes: 0,
  mirrors: true,
  most: 10,
  example: ["--mirrors", "1"],
};

const striped = (name: Level["name"], dm: RaidType, stripes: number, more: Partial<Level> = {}): Level => ({
  name,
  dm,
  stripes,
  mirrors: false,
  most: 64,
  example: ["--type", name, "--stripes", String(stripes)],
  ...more,
});

export const levels: readonly Level[] = [
  striped("raid0", "raid0", 2),
  mirrored,
  striped("raid4", "raid4", 2),
  striped("raid5", "raid5_ls", 2),
  // md would do with two, which raid10 does better.
  striped("raid6", "raid6_zr", 3),
  striped("raid10", "raid10", 2, { mirrors: true }),
];

export const hasMetadata = ({ dm }: Level): boolean => dm !== "raid0";
export const hasCopies = ({ dm }: Level): boolean => dm === "raid10";
export const parityOf = ({ dm }: Level): number => parityDevices(dm);

const redundancyOf = ({ dm }: Level, legs: number, copies: number | undefined): Redundancy => ({
  type: dm,
  legs,
  ...(copies !== undefined && { copies }),
});

/** How many legs hold different content: the LV is so many times as long as an image. */
export const widthOf = (level: Level, legs: number, { copies }: RaidFields): number =>
  dataLegs(redundancyOf(level, legs, copies));

/** Whether the legs that are there have all of the content together. */
export const isEnough = (level: Level, segment: RaidSegment, isThere: (leg: number) => boolean): boolean => {
  const { copies }: RaidFields = segment;
  return suffices(redundancyOf(level, segment.legs.length, copies), isThere);
};
