import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";
import { freeNumbers, runsOfLeg } from "../volume/legs.ts";
import { arraysOf, type LegArray, type Lv, legsOf, type NumberedLeg, withLegs } from "../volume/model.ts";
import { replacementFor } from "../volume/new-legs.ts";
import { placementOptions, readPlace } from "../volume/placement.ts";
import { endOfWork } from "../volume/work.ts";

export const repair = change({
  name: "repair",
  summary: "Put new legs in the places of those that are stale, or of one that is named",
  description:
    "A new leg lies on free extents of other PVs, is rebuilt from the legs that are left, and is read once " +
    "it is in sync; the old one goes. A leg whose disk is well again is brought up to date where it is, by " +
    "dvm recover: that copies less. Of a live LV no leg is replaced that is sound: leg-state --state stale " +
    "says before that it is not to be trusted, and move copies it elsewhere without that.",
  examples: ["--name home", "--name home --leg 1", "--name home --leg 1 --pv spare"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    leg: {
      summary: "The number of a leg in the names of its dm devices; else every stale one",
      type: "count",
      placeholder: "NUMBER",
    },
    ...placementOptions,
  },
  apply(workspace, { name, leg: wanted, ...where }, { tell }) {
    const lv = workspace.lv(name);
    const targets = targetsIn(lv, wanted);
    if (targets.length === 0) return tell(`LV ${lv.name} has no stale leg`);
    const next = freeNumbers(legsOf(lv), lv);
    const place = readPlace(workspace, lv, where);
    const added = new Map<number, NumberedLeg>();
    for (const { array, leg } of targets) {
      const beside = array.legs.filter((each) => each !== leg).map((each) => added.get(each.number) ?? each);
      const own = new Set(runsOfLeg(leg).map(({ pv }) => pv));
      const onto = { ...place, pvs: place.pvs.filter(({ pv }) => !own.has(pv)) };
      const come = replacementFor(workspace, lv, leg, onto, beside);
      added.set(leg.number, { state: "rebuild", number: next(), ...come });
    }
    const repaired = withLegs(lv, (leg) => added.get(leg.number) ?? leg);
    if (targets.some(({ leg }) => legsOf(repaired).some(({ number }) => number === leg.number)))
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `LV ${lv.name} has too few current legs to rebuild ${targets.length === 1 ? "one" : "them"} from`,
      );
    workspace.putLv(repaired);
  },
});

interface Target {
  readonly array: LegArray;
  readonly leg: NumberedLeg;
}

/** @throws DvmError NOT_FOUND, IN_USE */
function targetsIn(lv: Lv, wanted: number | undefined): readonly Target[] {
  const all = arraysOf(lv).flatMap((array) => array.legs.map((leg) => ({ array, leg })));
  const named = all.filter(({ leg }) => leg.number === wanted);
  if (wanted !== undefined && named.length === 0)
    throw new DvmError("NOT_FOUND", `LV ${lv.name} has no leg ${wanted}`);
  const targets = wanted === undefined ? all.filter(({ leg }) => leg.state === "stale") : named;
  const moving = targets.find(({ leg }) => leg.move !== undefined);
  if (!moving) return targets;
  throw new DvmError(
    "IN_USE",
    `leg ${moving.leg.number} of LV ${lv.name} comes or goes with the work on it: ${endOfWork(lv)}`,
  );
}
