/**
 * The legs of an LV that gains or loses copies. A leg keeps its number, and with it its dm devices, for as
 * long as it lives: a device never comes to stand for another leg. The legs that hold the data stand first.
 */
import type { Leg, Lv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import { arraysOf, runsIn, type Segment, withLegs } from "./model.ts";
import type { Run } from "./runs.ts";
import { asTop, legOfLayer, mirrorOf, numbered } from "./types/raid.ts";
import type { NumberedLeg } from "./types/type.ts";
import type { Workspace } from "./workspace.ts";

/** Leg numbers have two digits. */
const NUMBERS = 100;

/** What a new leg is before it has a number: a copy that has to be written first. */
export type NewLeg = Pick<Leg, "image" | "meta">;

export const runsOfLeg = ({ image, meta }: NewLeg): readonly Run[] => runsIn([...image, ...meta]);

/** Gives numbers that no device of these legs and of the LV's arrays has. @throws DvmError TOO_LARGE */
export function freeNumbers(legs: readonly NumberedLeg[], lv: Lv): () => number {
  // An array may run on a device below that of its LV, which has a number as legs have.
  const devices = arraysOf(lv).flatMap(({ layer }) => legOfLayer(layer) ?? []);
  const used = new Set([...devices, ...legs.flatMap(({ number, image }) => [number, ...numbersIn(image)])]);
  let number = Math.max(-1, ...used);
  return () => {
    if (used.size === NUMBERS)
      throw new DvmError("TOO_LARGE", `LV ${lv.name} would have more than ${NUMBERS} legs at a time`);
    do number = (number + 1) % NUMBERS;
    while (used.has(number));
    used.add(number);
    return number;
  };
}

const numbersIn = (segments: readonly Segment[]): readonly number[] =>
  arraysOf({ segments }).flatMap(({ legs }) => legs.map((leg) => leg.number));

/** The legs and, behind them, new ones under numbers that no device has. @throws DvmError TOO_LARGE */
export function withNewLegs(
  lv: Lv,
  legs: readonly NumberedLeg[],
  added: readonly NewLeg[],
  move?: "to",
): NumberedLeg[] {
  const next = freeNumbers(legs, lv);
  const come = added.map(({ image, meta }): NumberedLeg => {
    const number = next();
    return { state: "rebuild", number, ...(move && { move }), image: numbered(image, next), meta };
  });
  return [...legs, ...come];
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
  workspace.putLv({ ...lv, segments: [...segmentsOf(legs, regionSize, workspace.vg.extentSize)] }, mixed);
}

/** The same legs in other states. @throws DvmError WOULD_LOSE_DATA when too few of them are current */
export function putStates(workspace: Workspace, lv: Lv, legs: readonly NumberedLeg[]): void {
  const stateOf = new Map(legs.map(({ number, state }) => [number, state]));
  const changed = withLegs(lv, (leg) => {
    const state = stateOf.get(leg.number) ?? leg.state;
    return state === leg.state ? leg : { ...leg, state };
  });
  if (changed !== lv) {
    workspace.putLv(changed);
    return;
  }
  const isNone = !legs.some(({ state }) => state === "current");
  throw new DvmError(
    "WOULD_LOSE_DATA",
    `LV ${lv.name} would be left ` +
      `${isNone ? "without a current copy" : "with too few current legs to have all of its content"}`,
  );
}

function segmentsOf(legs: readonly NumberedLeg[], regionSize: Sectors, extentSize: Sectors): Lv["segments"] {
  const [first] = legs;
  return legs.length === 1 && first
    ? asTop(first.image, first.number)
    : [mirrorOf(legs, regionSize, extentSize)];
}
