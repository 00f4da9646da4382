import { DvmError } from "../base/error.ts";
import { roundDown, roundUp } from "../base/units.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { change } from "../volume/change.ts";
import { lengthOf } from "../volume/model.ts";
import {
  amountOptions,
  extentsOf,
  mixedBlocksOption,
  oneAmount,
  placementOptions,
  readPlacement,
} from "../volume/placement.ts";
import { growthOf } from "../volume/resize.ts";
import { wholeRowsOf } from "../volume/shape.ts";
import { refuseInWork } from "../volume/work.ts";

export const extendLv = change({
  name: "extend-lv",
  summary: "Make an LV longer",
  description: "With + the amount is added, without it is the new size; N%FREE can only be added.",
  examples: ["--name root --size +16M", "--name root --size 64M --pv fast", "--name home --extents +50%FREE"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    ...amountOptions,
    ...placementOptions,
    "allow-mixed-blocks": mixedBlocksOption,
  },
  groups: [oneAmount],
  apply(workspace, options, { tell }) {
    const { extentSize } = workspace.vg;
    const lv = workspace.lv(options.name);
    refuseInWork(lv);
    const amount = readAmount(options, extentSize);
    if (amount.sign === "-") throw new DvmError("USAGE", "extend-lv takes nothing away: use reduce-lv");
    if ("of" in amount && amount.of === "FREE" && amount.sign === "")
      throw new DvmError("USAGE", `a share of what is free can only be added: write +${amount.percent}%FREE`);
    const shape = growthOf(lv.segments, extentSize);
    const placement = readPlacement(workspace, lv, shape, options);
    const wanted = extentsOf(amount, workspace, shape, placement);
    const length = lengthOf(lv);
    const missing = amount.sign === "+" ? wanted : wanted - length;
    const added = ("percent" in amount ? roundDown : roundUp)(missing, shape.width);
    if (added <= 0) {
      if ("of" in amount && amount.of === "FREE")
        throw new DvmError(
          "NO_SPACE",
          `nothing is free for LV ${lv.name}; ${moreRoom(workspace.vg.name, placement.named)}`,
        );
      if (added === 0) return tell(`LV ${lv.name} has ${length} extents already`);
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `LV ${lv.name} has ${length} extents, more than ${wanted}: reduce-lv makes it shorter`,
      );
    }
    if (added > missing) tell(wholeRowsOf(lv.name, length + missing, length + added, shape.width));
    const request = { ...placement, length: added / shape.width };
    const placed = allocate(workspace.space, request, `LV ${lv.name}`, workspace.vg);
    workspace.putLv({ ...lv, segments: shape.build(placed) }, options["allow-mixed-blocks"]);
  },
});
