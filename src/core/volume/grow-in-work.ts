/** An LV in work gets longer: what it was and what it becomes, each by what it is made of. */
import { type Extents, roundUp } from "../base/units.ts";
import { allocate } from "./allocate.ts";
import { putLegs, runsOfLeg } from "./legs.ts";
import { type Lv, lengthOf, type NumberedLeg, ownLegsOf } from "./model.ts";
import type { AllocationBounds } from "./placement.ts";
import { growthOf } from "./resize.ts";
import { mirrorIn } from "./types/raid.ts";
import type { Workspace } from "./workspace.ts";

/** Logical extents by which it can get longer: whole rows of all that it is now. */
export const rowsInWork = (lv: Lv, extentSize: number): Extents =>
  ownLegsOf(lv)
    .filter(({ move }) => move !== "to")
    .map(({ image }) => growthOf(image, extentSize).width)
    .reduce(commonMultiple, 1);

/**
 * Takes what each leg needs; one that comes may have it already, in its last row.
 * @param length as long as it becomes, in whole rows of all that it is now
 * @param mixed as Workspace.putLv
 * @throws DvmError NO_SPACE
 */
export function growInWork(
  workspace: Workspace,
  lv: Lv,
  length: Extents,
  place: AllocationBounds,
  mixed: boolean,
): void {
  const { space, vg } = workspace;
  const before = ownLegsOf(lv);
  const legs = before.map((leg): NumberedLeg => {
    const { tracks, apart, metaLength, width, build } = growthOf(leg.image, vg.extentSize);
    const missing = roundUp(length - lengthOf({ segments: leg.image }), width);
    if (missing <= 0) return leg;
    const bounds =
      place.policy === "anywhere"
        ? place
        : without(
            place,
            before.filter((each) => each !== leg),
          );
    const request = { tracks, apart, metaLength, ...bounds, length: missing / width };
    return { ...leg, image: build(allocate(space, request, `leg ${leg.number} of LV ${lv.name}`, vg)) };
  });
  putLegs(workspace, lv, legs, mirrorIn(lv)?.regionSize ?? 0, mixed);
}

/** Without the PVs of other legs, whose loss would take both. */
function without(place: AllocationBounds, legs: readonly NumberedLeg[]): AllocationBounds {
  const theirs = new Set(legs.flatMap(runsOfLeg).map(({ pv }) => pv));
  return { ...place, pvs: place.pvs.filter(({ pv }) => !theirs.has(pv)) };
}

const commonMultiple = (a: number, b: number): number => (a / commonDivisor(a, b)) * b;
const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));
