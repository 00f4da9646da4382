/** LVs that move, or become another type, and whose copy is complete. */
import { type Lv, legsOf } from "../../volume/model.ts";
import { updateBatch } from "../update-batch.ts";
import { type DutyKind, NOTHING } from "./duty.ts";
import type { SeenLeg, TendView } from "./view.ts";

export const finish: DutyKind = async (view) => ({
  ...NOTHING,
  due: view.metadata.lvs.flatMap((lv) => {
    const { id, name, work } = lv;
    if (work === undefined || !isCopied(view, lv)) return [];
    const what =
      work === "move" ? "its copy is complete, so its move ends" : "its copy is complete, so it becomes that";
    return [
      {
        duty: "finish" as const,
        lv: { id, name },
        legs: comingOf(lv),
        text: `LV ${name}: ${what}`,
        perform: (sys) => updateBatch(sys, view.discovery, [{ verb: work, name: id, finish: true }]),
      },
    ];
  }),
});

const comingOf = (lv: Lv): number[] =>
  legsOf(lv).flatMap(({ move, number }) => (move === "to" ? [number] : []));

/**
 * Every leg that it goes to has all of it, and no array that it goes to is still being made equal. Whether it
 * is so is proven by whoever ends it: what is looked at here only says that it is worth trying.
 */
function isCopied({ legs, rows }: TendView, lv: Lv): boolean {
  if (rows.get(lv.id)?.state !== "active") return false;
  const seen = new Map((legs.get(lv.id) ?? []).map((leg) => [leg.number, leg]));
  const isSound = (number: number): boolean => isWell(seen.get(number));
  return legsOf(lv)
    .filter(({ move }) => move === "to")
    .every(
      ({ number, image }) =>
        isSound(number) && legsOf({ segments: image }).every((leg) => isSound(leg.number)),
    );
}

const isWell = (leg: SeenLeg | undefined): boolean =>
  leg !== undefined && leg.problem === null && ["rebuild", "recovering", "current"].includes(leg.state ?? "");
