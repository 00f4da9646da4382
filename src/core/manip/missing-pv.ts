import { change } from "../volume/change.ts";
import { runsOfLeg } from "../volume/legs.ts";
import { isWholeLeg, withLegs } from "../volume/model.ts";
import type { NumberedLeg } from "../volume/types/type.ts";

export const missingPv = change({
  name: "missing-pv",
  summary: "Go on without PVs: their legs are stale, and nothing new is placed on them",
  description:
    "A leg is stale once the others have been written without it. An LV that has no other current leg " +
    "stays as it is, and incomplete. With --returned the PVs are back: their stale legs are to be " +
    "rebuilt from the others.",
  examples: ["--pv fast", "--pv fast --returned"],
  options: {
    pv: { summary: "The PV's id, or a tag of several", required: true, many: true, names: "pv" },
    returned: { summary: "They are there again", type: "flag" },
  },
  apply(workspace, { pv: words, returned }) {
    const pvs = workspace.pvsOf(words);
    const ids = new Set(pvs.map(({ id }) => id));
    for (const pv of pvs) if (pv.allocatable !== returned) workspace.putPv({ ...pv, allocatable: returned });
    // A leg may lie on several PVs: it is back when all of them are.
    const isAway = (pv: string) => (returned ? !workspace.pvs.get(pv)?.allocatable : ids.has(pv));
    const concerns = (leg: NumberedLeg) => !isWholeLeg(leg, ({ pv }) => !ids.has(pv));
    for (const lv of [...workspace.lvs.values()]) {
      const changed = withLegs(lv, (leg) => {
        if (!returned) return concerns(leg) && leg.state !== "stale" ? { ...leg, state: "stale" } : leg;
        const wasAway = runsOfLeg(leg).some(({ pv }) => ids.has(pv));
        const isBack = leg.state === "stale" && wasAway && isWholeLeg(leg, ({ pv }) => !isAway(pv));
        return isBack ? { ...leg, state: "rebuild" } : leg;
      });
      if (changed !== lv) workspace.putLv(changed);
    }
  },
});
