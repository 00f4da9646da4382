/**
 * A leg that is sound does not make room for a new one in its place: until that is rebuilt the LV lacks one.
 */
import type { Vg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { arraysOf, type Lv } from "../volume/model.ts";
import type { ChangedLv } from "./changed.ts";
import { arrayDeviceOf, type Evidence } from "./prove.ts";

/** @throws DvmError WOULD_LOSE_DATA, naming the LV, the leg, and what keeps it meanwhile */
export function refuseSoundReplaced(
  vg: Vg,
  changed: readonly ChangedLv[],
  { live }: Pick<Evidence, "live">,
): void {
  for (const { lv, was } of changed) {
    const there = was && live.get(was.id);
    if (!was || !there?.top) continue;
    for (const { array, leg, number } of replacedIn(was, lv)) {
      const device = arrayDeviceOf(vg, was, array, there);
      const members = device && array.type.proof(array.segment).live(device);
      if (members?.[leg] !== "in-sync") continue;
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `leg ${number} of LV ${was.name} is sound, and until a new one in its place is rebuilt the LV ` +
          `would lack it: dvm move ${vg.name}/${was.name} --from PV copies it first; if it is not to be ` +
          `trusted, dvm leg-state ${vg.name} --leg ${was.name}/${number} --state stale says so`,
        { details: { lv: was.name, leg: number } },
      );
    }
  }
}

/** Legs that were current and whose places have been given to others. */
function replacedIn(was: Lv, lv: Lv) {
  const after = new Map(arraysOf(lv).map((array) => [array.layer, array.legs]));
  return arraysOf(was).flatMap((array) => {
    const legs = after.get(array.layer);
    if (legs?.length !== array.legs.length) return [];
    return array.legs.flatMap(({ number, state }, leg) =>
      state === "current" && legs[leg]?.state === "rebuild" && !legs.some((each) => each.number === number)
        ? [{ array, leg, number }]
        : [],
    );
  });
}
