import { DvmError } from "../base/error.ts";
import { type Extents, roundDown, roundUp, type Sectors } from "../base/units.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { type Amount, readAmount } from "../volume/amount.ts";
import { type ChangeContext, change } from "../volume/change.ts";
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
import { kindOf, typeOf } from "../volume/types/index.ts";
import { extentsIn } from "../volume/types/type.ts";
import type { Workspace } from "../volume/workspace.ts";
import { extendInWork } from "./extend-in-work.ts";

export const extendLv = change({
  name: "extend-lv",
  summary: "Make an LV longer",
  description:
    "With + the amount is added, without it is the new size; N%FREE can only be added. Of an LV that moves " +
    "or becomes another type both what it was and what it becomes get longer. Of a snapshot it is the " +
    "store, of a pool the data, or with --meta the metadata.",
  examples: ["--name root --size 64M --pv fast", "--name home --extents +50%FREE", "--name thin --meta +4M"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    ...amountOptions,
    meta: { summary: "Of a pool: size of its metadata, as --size has it", placeholder: "SIZE" },
    ...placementOptions,
    "allow-mixed-blocks": mixedBlocksOption,
  },
  groups: [{ give: "one", of: [...oneAmount.of, "meta"] }],
  apply(workspace, options, { tell }) {
    const { extentSize } = workspace.vg;
    const lv = workspace.lv(options.name);
    const { meta } = options;
    const amount = readAmount(meta === undefined ? options : { size: meta }, extentSize);
    if (amount.sign === "-") throw new DvmError("USAGE", "extend-lv takes nothing away: use reduce-lv");
    if ("of" in amount && amount.of === "FREE" && amount.sign === "")
      throw new DvmError("USAGE", `a share of what is free can only be added: write +${amount.percent}%FREE`);
    if (lv.work !== undefined && meta === undefined)
      return extendInWork(workspace, lv, amount, options, tell);
    if (meta === undefined && takesNothing(lv)) return lengthen(workspace, lv, amount, tell);
    const growing = growingOf(lv, meta === undefined ? "" : "meta");
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

/** However long it is, it has no extents. */
const takesNothing = ({ segments: [first] }: Lv): boolean =>
  first !== undefined && typeOf(first)?.withLength !== undefined;

/** @throws DvmError USAGE, WOULD_LOSE_DATA */
function lengthen(workspace: Workspace, lv: Lv, amount: Amount, tell: ChangeContext["tell"]): undefined {
  const [first] = lv.segments;
  if (!first) return;
  if ("percent" in amount)
    throw new DvmError("USAGE", `LV ${lv.name} takes nothing of the VG: give its size as 10G, or in extents`);
  const length = amount.extents + (amount.sign === "+" ? first.length : 0);
  if (length < first.length)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `LV ${lv.name} has ${first.length} extents, more than ${length}: reduce-lv makes it shorter`,
    );
  if (length === first.length) tell(`LV ${lv.name} has ${length} extents already`);
  else workspace.putLv({ ...lv, segments: [typeOf(first)?.withLength?.(first, length) ?? first] });
}

/**
 * What of an LV gets longer: all of it, or a part that has a size of its own.
 * @param which "": the one that is meant without a word. @throws DvmError USAGE when it has none of that name
 */
function growingOf({ name, segments }: Lv, which: string): Growing {
  const [first] = segments;
  const rooms = (first && typeOf(first)?.rooms?.(first)) ?? [];
  const room = rooms.find((each) => each.name === which);
  if (!room && which !== "")
    throw new DvmError("USAGE", `LV ${name} is ${first && kindOf(first)}: only a pool has --${which}`);
  const none = () => Number.MAX_SAFE_INTEGER;
  if (!room) return { what: `LV ${name}`, segments, most: none, with: (all) => all };
  return {
    what: `the ${room.what} of LV ${name}`,
    segments: room.segments,
    most: room.most ?? none,
    with: (own) => [room.with(own)],
  };
}
