/**
 * The legs of an LV that gains or loses copies. A leg keeps its number, and with it its dm devices, for as long
 * as it lives: a device never comes to stand for another leg. The legs that hold the data stand first.
 */
import type { Leg, Lv, Raid1Segment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { isPowerOfTwo, parseSize, type Sectors } from "../base/units.ts";
import type { OptionSpec } from "./change.ts";
import { legNumber, type Run, runsOf } from "./model.ts";
import { raid1Of } from "./shape.ts";
import type { Workspace } from "./workspace.ts";

export const MAX_LEGS = 10;
/** Leg numbers have two digits. */
const NUMBERS = 100;

export type NumberedLeg = Leg & { readonly number: number };

/** What a new leg is before it has a number: a copy that has to be written first. */
export type NewLeg = Pick<Leg, "image" | "meta">;

export const regionSizeOption = {
  summary: "The unit of resynchronisation of a new raid1 (default 2M)",
  type: "size",
  placeholder: "SIZE",
} as const satisfies OptionSpec;

/** @throws DvmError USAGE */
export function readRegionSize(regionSize: Sectors = parseSize("2M")): Sectors {
  if (!isPowerOfTwo(regionSize) || regionSize < 8)
    throw new DvmError("USAGE", "--region-size must be a power of two of at least 4k");
  return regionSize;
}

export const raid1SegmentOf = ({ segments: [first] }: Lv): Raid1Segment | undefined =>
  first?.type === "raid1" ? first : undefined;

/** The legs of a raid1 LV, each with its number; of any other LV none. */
export const legsOf = (lv: Lv): NumberedLeg[] =>
  (raid1SegmentOf(lv)?.legs ?? []).map((leg, index) => ({ ...leg, number: legNumber(leg, index) }));

export const runsOfLeg = ({ image, meta }: NewLeg): readonly Run[] => [...image, ...meta].flatMap(runsOf);

export const isMoving = (lv: Lv): boolean => legsOf(lv).some(({ move }) => move !== undefined);

/** @throws DvmError IN_USE */
export function refuseWhileMoving(lv: Lv): void {
  if (isMoving(lv))
    throw new DvmError(
      "IN_USE",
      `LV ${lv.name} is being moved: manip move --name ${lv.name} --finish first, or with --abort`,
    );
}

/** The legs and, behind them, new ones under numbers that no device has. */
export function withNewLegs(
  legs: readonly NumberedLeg[],
  added: readonly NewLeg[],
  move?: "to",
): NumberedLeg[] {
  const result = [...legs];
  const used = new Set(legs.map(({ number }) => number));
  let number = Math.max(-1, ...used);
  for (const { image, meta } of added) {
    do number = (number + 1) % NUMBERS;
    while (used.has(number));
    used.add(number);
    result.push({ state: "rebuild", number, ...(move && { move }), image, meta });
  }
  return result;
}

/**
 * Gives the LV these legs. One leg alone becomes the LV itself.
 * @param mixed as Workspace.putLv
 * @throws DvmError WOULD_LOSE_DATA when none of them is current; BLOCK_SIZE
 */
export function putLegs(
  workspace: Workspace,
  lv: Lv,
  legs: readonly NumberedLeg[],
  regionSize: Sectors,
  mixed = false,
): void {
  if (!legs.some(({ state }) => state === "current"))
    throw new DvmError("WOULD_LOSE_DATA", `LV ${lv.name} would be left without a current copy`);
  workspace.putLv({ ...lv, segments: segmentsOf(legs, regionSize, workspace.vg.extentSize) }, mixed);
}

function segmentsOf(legs: readonly NumberedLeg[], regionSize: Sectors, extentSize: Sectors): Lv["segments"] {
  const [first] = legs;
  if (legs.length === 1 && first) return first.image;
  const plain = legs.map(({ number, ...leg }, index) => (number === index ? leg : { ...leg, number }));
  return [raid1Of(plain, regionSize, extentSize)];
}
