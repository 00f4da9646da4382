/** Legs that have been rebuilt, and are not called current yet: the next table would rebuild them again. */
import { updateBatch } from "../update-batch.ts";
import { type DutyKind, NOTHING } from "./duty.ts";
import { nameOfLeg } from "./view.ts";

export const mark: DutyKind = async ({ metadata, discovery, legs }) => ({
  ...NOTHING,
  due: metadata.lvs.flatMap(({ id, name }) => {
    const rebuilt = (legs.get(id) ?? []).filter(({ problem }) => problem === "leg-unmarked");
    if (rebuilt.length === 0) return [];
    const leg = rebuilt.map(({ number }) => `${id}/${number}`);
    return [
      {
        duty: "mark" as const,
        lv: { id, name },
        legs: rebuilt.map(({ number }) => number),
        text: `LV ${name}: ${rebuilt.map(nameOfLeg).join(" and ")}: rebuilt, and current from now on`,
        perform: (sys) => updateBatch(sys, discovery, [{ verb: "leg-state", leg, state: "current" }]),
      },
    ];
  }),
});
