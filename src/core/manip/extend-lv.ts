import { DvmError } from "../base/error.ts";
import { type Extents, roundDown, roundUp, type Sectors } from "../base/units.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { change } from "../volume/change.ts";
import type { Lv, Segment } from "../volume/model.ts";
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
import { typeOf } from "../volume/types/index.ts";
import { extentsIn } from "../volume/types/type.ts";
import { extendInWork } from "./extend-in-work.ts";

export const extendLv = change({
  name: "extend-lv",
  summary: "Make an LV longer",
  description:
    "With + the amount is added, without it is the new size; N%FREE can only be added. Of an LV that moves " +
    "or becomes another type both what it was and what it becomes get longer.",
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
    const amount = readAmount(options, extentSize);
    if (amount.sign === "-") throw new DvmError("USAGE", "extend-lv takes nothing away: use reduce-lv");
    if ("of" in amount && amount.of === "FREE" && amount.sign === "")
      throw new DvmError("USAGE", `a share of what is free can only be added: write +${amount.percent}%FREE`);
    if (lv.work !== undefined) return extendInWork(workspace, lv, amount, options, tell);
    const growing = growingOf(lv);
    const shape = growthOf(growing.segments, extentSize);
    const placement = readPlacement(workspace, lv, shape, options);
    const wanted = extentsOf(amount, workspace, shape, placement);
    const length = extentsIn(growing.segments);
    const missing = amount.sign === "+" ? wanted : wanted - length;
    const rows = ("percent" in amount ? roundDown : roundUp)(missing, shape.width);
    const added = Math.min(rows, roundUp(growing.most(extentSize) - length, shape.width));
    if (added < rows) tell(`${growing.what} gets ${length + added} extents: more is of no use`);
    if (added <= 0) {
      if (rows > 0) return;
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
    const placed = allocate(workspace.space, request, growing.what, workspace.vg);
    const segments = growing.with(shape.build(placed));
    workspace.putLv({ ...lv, segments }, options["allow-mixed-blocks"]);
  },
});

interface Growing {
  readonly what: string;
  readonly segments: readonly Segment[];
  readonly most: (extentSize: Sectors) => Extents;
  readonly with: (segments: Segment[]) => Segment[];
}

/** What of an LV gets longer: all of it, or a part that has a size of its own. */
function growingOf({ name, segments }: Lv): Growing {
  const [first] = segments;
  const [room] = (first && typeOf(first)?.rooms?.(first)) ?? [];
  const none = () => Number.MAX_SAFE_INTEGER;
  if (!room) return { what: `LV ${name}`, segments, most: none, with: (all) => all };
  return {
    what: `the ${room.what} of LV ${name}`,
    segments: room.segments,
    most: room.most ?? none,
    with: (own) => [room.with(own)],
  };
}
