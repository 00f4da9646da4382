import { DvmError } from "../base/error.ts";
import { formatSize } from "../base/units.ts";
import { readAmount } from "../volume/amount.ts";
import { saysBlocks } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import { lengthOf } from "../volume/model.ts";
import { newLv } from "../volume/new-lv.ts";
import { amountOptions, oneAmount } from "../volume/placement.ts";
import { kindOf } from "../volume/types/index.ts";
import { thin } from "../volume/types/thin.ts";
import { poolIn, withNewThin } from "../volume/types/thin-pool.ts";

export const createThin = change({
  name: "create-thin",
  summary: "Create a thin LV, which gets room from a pool as it is written",
  description:
    "Its size takes nothing of the VG, and may be larger than the pool. What has never been written reads " +
    "as zeroes.",
  examples: ["--pool thin --name mail --size 1G", "--pool thin --name web --size 10T --inactive"],
  options: {
    pool: { summary: "The pool's name or id", required: true, placeholder: "LV" },
    name: { summary: "The LV's name", required: true },
    ...amountOptions,
    tag: { summary: "Tag of the LV", many: true },
    "read-only": { summary: "Make it read-only", type: "flag" },
    inactive: { summary: "Activate it only when it is named", type: "flag" },
  },
  groups: [oneAmount],
  apply(workspace, options, { chance, tell }) {
    const { extentSize } = workspace.vg;
    const lv = workspace.lv(options.pool);
    const pool = poolIn(lv.segments);
    if (!pool) {
      const [first] = lv.segments;
      throw new DvmError(
        "UNSUPPORTED",
        `LV ${lv.name} is ${first && kindOf(first)}: thin LVs are of a pool, which create-pool makes`,
      );
    }
    const made = newLv(workspace, options, chance);
    const amount = readAmount(options, extentSize);
    if ("percent" in amount || amount.sign !== "")
      throw new DvmError(
        "USAGE",
        "the size of a thin LV takes nothing of the VG: give it as 10G, or in extents",
      );
    if (amount.extents === 0) throw new DvmError("USAGE", `LV ${made.name} would be empty`);
    const was = workspace.committed(lv.id);
    const { id, pool: next } = withNewThin(pool, was && poolIn([was]));
    workspace.putLv({ ...lv, segments: [next] });
    const segment = { type: thin.name, start: 0, length: amount.extents, pool: lv.id, deviceId: id };
    workspace.putLv({ ...made, segments: [segment] });
    if (workspace.hasMixedBlocks) tell(saysBlocks(made.name, lv, workspace.pvs));
    const all = workspace.usersOfLv(lv).reduce((sum, each) => sum + lengthOf(each), 0);
    if (all > pool.length && all - amount.extents <= pool.length)
      tell(
        `the thin LVs of pool ${lv.name} may come to need ${formatSize(all * extentSize)}, and it has ` +
          `${formatSize(pool.length * extentSize)}: it has to get longer before it is full`,
      );
  },
});
