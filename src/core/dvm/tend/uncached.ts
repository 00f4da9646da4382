/** Caches that have been flushed, or given up. */
import { kindOf, typeOf } from "../../volume/types/index.ts";
import { updateBatch } from "../update-batch.ts";
import { type DutyKind, NOTHING } from "./duty.ts";

/** Whether nothing is left in one is proven by whoever ends it. */
export const uncached: DutyKind = async ({ metadata, rows, discovery }) => ({
  ...NOTHING,
  due: metadata.lvs.flatMap(({ id, name, segments: [first] }) => {
    const state = first && typeOf(first)?.caches?.state(first);
    const { state: is, dirty } = rows.get(id) ?? {};
    if (!first || state === undefined || (state === "flushing" && !(is === "active" && dirty === 0)))
      return [];
    const why = state === "lost" ? "has been given up" : "has been flushed";
    return [
      {
        duty: "finish" as const,
        lv: { id, name },
        legs: [],
        text: `LV ${name}: its ${kindOf(first)} ${why}, so it goes`,
        perform: (sys) =>
          updateBatch(sys, discovery, [
            state === "lost"
              ? { verb: "uncache", name: id, drop: true }
              : { verb: "uncache", name: id, finish: true },
          ]),
      },
    ];
  }),
});
