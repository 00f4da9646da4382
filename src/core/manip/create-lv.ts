import { DvmError } from "../base/error.ts";
import { roundDown, roundUp } from "../base/units.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { saysBlocks } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import type { Lv } from "../volume/model.ts";
import { newLv } from "../volume/new-lv.ts";
import { shapeOfNew, typeNames, typeOptions, typesForPeople } from "../volume/new-shape.ts";
import {
  amountOptions,
  extentsOf,
  mixedBlocksOption,
  oneAmount,
  placementOptions,
  readPlacement,
} from "../volume/placement.ts";
import { wholeRowsOf } from "../volume/shape.ts";

export const createLv = change({
  name: "create-lv",
  summary: "Create an LV",
  examples: [
    "--name data --size 64M",
    "--name db --size 32M --type raid1 --mirrors 1 --tag important",
    "--name scratch --extents 50%FREE --stripes 2 --pv fast --pv slow",
  ],
  options: {
    name: { summary: "The LV's name", required: true },
    ...amountOptions,
    type: {
      summary: `${typesForPeople} (default: as --stripes and --mirrors say)`,
      choices: typeNames,
      placeholder: "TYPE",
    },
    ...typeOptions,
    ...placementOptions,
    "allow-mixed-blocks": mixedBlocksOption,
    tag: { summary: "Tag of the LV", many: true },
    "read-only": { summary: "Make it read-only", type: "flag" },
    inactive: { summary: "Activate it only when it is named", type: "flag" },
  },
  groups: [oneAmount],
  apply(workspace, options, { chance, tell }) {
    const { extentSize, name: vg } = workspace.vg;
    const { name } = options;
    const made = newLv(workspace, options, chance);
    const amount = readAmount(options, extentSize);
    if (amount.sign !== "") throw new DvmError("USAGE", "the size of a new LV has no sign");
    const shape = shapeOfNew(options, extentSize);
    const placement = readPlacement(workspace, undefined, shape, options);
    const wanted = extentsOf(amount, workspace, shape, placement);
    // A share rounds down to whole rows of stripes, a size rounds up.
    const extents = ("percent" in amount ? roundDown : roundUp)(wanted, shape.width);
    if (extents === 0) {
      if ("extents" in amount) throw new DvmError("USAGE", `LV ${name} would be empty`);
      throw new DvmError(
        "NO_SPACE",
        `LV ${name} would be empty: ${amount.percent}% of ${amount.of} is no extent; ` +
          moreRoom(vg, placement.named),
      );
    }
    if (extents > wanted) tell(wholeRowsOf(name, wanted, extents, shape.width));
    const request = { ...placement, length: extents / shape.width };
    const placed = allocate(workspace.space, request, `LV ${name}`, workspace.vg);
    const lv: Lv = { ...made, segments: shape.build(placed) };
    workspace.putLv(lv, options["allow-mixed-blocks"]);
    if (workspace.hasMixedBlocks) tell(saysBlocks(name, lv, workspace.pvs));
  },
});
