import { DvmError } from "../base/error.ts";
import { readAmount } from "../volume/amount.ts";
import { change } from "../volume/change.ts";
import { lengthOf } from "../volume/model.ts";
import { amountOptions, mixedBlocksOption, oneAmount } from "../volume/placement.ts";
import { shortened, wholeRows } from "../volume/resize.ts";
import { refuseInWork } from "../volume/work.ts";

export const reduceLv = change({
  name: "reduce-lv",
  summary: "Make an LV shorter: what is at its end is lost",
  description: "With - the amount is taken away, without it is the new size.",
  examples: ["--name root --size -8M", "--name root --size 16M"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    ...amountOptions,
    "allow-mixed-blocks": {
      ...mixedBlocksOption,
      summary: "Let the LV, which must not be in use, get other blocks: those of the PVs that are left",
    },
  },
  groups: [oneAmount],
  apply(workspace, options, { tell }) {
    const { extentSize } = workspace.vg;
    const lv = workspace.lv(options.name);
    refuseInWork(lv);
    const amount = readAmount(options, extentSize);
    if ("percent" in amount || amount.sign === "+")
      throw new DvmError("USAGE", "reduce-lv needs the new size, or -SIZE to take away");
    const length = lengthOf(lv);
    const wanted = amount.sign === "-" ? length - amount.extents : amount.extents;
    if (wanted <= 0) {
      const code = amount.sign === "-" ? "TOO_SMALL" : "USAGE";
      throw new DvmError(code, `LV ${lv.name} would be empty: use remove-lv`);
    }
    const kept = wholeRows(lv.segments, wanted);
    if (kept === length) return tell(`LV ${lv.name} has ${length} extents already`);
    if (kept > length)
      throw new DvmError(
        "TOO_SMALL",
        `LV ${lv.name} has ${length} extents, fewer than ${wanted}: extend-lv makes it longer`,
      );
    workspace.refuseUsed(lv, "it cannot get shorter");
    const shorter = { ...lv, segments: shortened(lv.segments, kept, extentSize) };
    workspace.putLv(shorter, options["allow-mixed-blocks"]);
  },
});
