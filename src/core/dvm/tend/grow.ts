/** Parts with a size of their own that have little room left: stores of snapshots. */
import type { Lv, LvRow, Metadata } from "../../../schema/index.ts";
import { formatSize } from "../../base/units.ts";
import { EXTEND_AT, EXTEND_BY } from "../../volume/policy.ts";
import { typeOf } from "../../volume/types/index.ts";
import { extentsIn } from "../../volume/types/type.ts";
import { updateBatch } from "../update-batch.ts";
import { type DutyKind, NOTHING } from "./duty.ts";

export const grow: DutyKind = async ({ metadata, rows, discovery }) => ({
  ...NOTHING,
  due: metadata.lvs.flatMap((lv) => {
    const { id, name } = lv;
    const extents = wanted(metadata, lv, rows.get(id));
    if (extents === undefined) return [];
    const size = formatSize(extents * metadata.vg.extentSize);
    return [
      {
        duty: "grow" as const,
        lv: { id, name },
        legs: [],
        text: `LV ${name}: ${rows.get(id)?.fill} % of its room is taken, so it gets ${size}`,
        perform: (sys) =>
          updateBatch(sys, discovery, [{ verb: "extend-lv", name: id, extents: String(extents) }]),
      },
    ];
  }),
});

/** By so much, and so that it is below the threshold then, but no more than is of use. */
function wanted({ vg }: Metadata, { segments: [first] }: Lv, row: LvRow | undefined): number | undefined {
  const { extendAt = EXTEND_AT, extendBy = EXTEND_BY } = vg.policy ?? {};
  const [room] = (first && typeOf(first)?.rooms?.(first)) ?? [];
  const { fill, state, problems = [] } = row ?? {};
  if (!room || state !== "active" || typeof fill !== "number" || fill < extendAt || extendAt === 100)
    return undefined;
  if (problems.includes("lv-snapshot-lost")) return undefined;
  const now = extentsIn(room.segments);
  const enough = Math.floor((now * fill) / extendAt) + 1;
  const most = room.most?.(vg.extentSize) ?? Number.MAX_SAFE_INTEGER;
  const next = Math.min(most, Math.max(enough, Math.ceil(now * (1 + extendBy / 100))));
  return next > now ? next : undefined;
}
