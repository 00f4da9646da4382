/** What stood in front of an LV, and has become a part of it whole: a snapshot that has been merged. */
import { kindOf, typeOf } from "../../volume/types/index.ts";
import { wrappedBy } from "../../volume/users.ts";
import { updateBatch } from "../update-batch.ts";
import { type DutyKind, NOTHING } from "./duty.ts";

/** Whether it is so is proven by whoever ends it. */
export const merged: DutyKind = async ({ metadata, rows, discovery }) => ({
  ...NOTHING,
  due: metadata.lvs.flatMap(({ id, name, segments: [first] }, index) => {
    if (!first || !typeOf(first)?.wraps?.isMixed(first)) return [];
    const row = rows.get(wrappedBy(metadata.lvs[index] as (typeof metadata.lvs)[number]) ?? "");
    if (row?.state !== "active" || row.sync !== 100) return [];
    return [
      {
        duty: "finish" as const,
        lv: { id, name },
        legs: [],
        text: `LV ${name}: all of it has been put back into LV ${row.name}, so the ${kindOf(first)} goes`,
        perform: (sys) => updateBatch(sys, discovery, [{ verb: "merge", name: id, finish: true }]),
      },
    ];
  }),
});
