import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { isPowerOfTwo, parseSize, roundDown, roundUp, type Sectors } from "../base/units.ts";
import { allocate } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { blockBytesOf } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import { checkLvName } from "../volume/check.ts";
import { MAX_LEGS, readRegionSize } from "../volume/legs.ts";
import type { Lv } from "../volume/model.ts";
import {
  amountOptions,
  extentsOf,
  mixedBlocksOption,
  placementOptions,
  readPlacement,
} from "../volume/placement.ts";
import { newLinear, newRaid1, newStriped, type Shape } from "../volume/shape.ts";

const MAX_STRIPES = 128;
const MAX_MIRRORS = MAX_LEGS - 1;

export const createLv = change({
  name: "create-lv",
  summary: "Create an LV",
  options: {
    name: { summary: "The LV's name", required: true },
    ...amountOptions,
    type: {
      summary: "linear, striped or raid1 (default: as --stripes and --mirrors say)",
      placeholder: "TYPE",
    },
    stripes: { summary: "Spread it over N PVs", type: "count", placeholder: "N" },
    "stripe-size": {
      summary: "How much goes to one stripe at a time (default 64k)",
      type: "size",
      placeholder: "SIZE",
    },
    mirrors: { summary: "Keep N extra copies", type: "count", placeholder: "N" },
    "region-size": {
      summary: "raid1: the unit of resynchronisation (default 2M)",
      type: "size",
      placeholder: "SIZE",
    },
    ...placementOptions,
    "allow-mixed-blocks": mixedBlocksOption,
    tag: { summary: "Tag of the LV", many: true },
    "read-only": { summary: "Make it read-only", type: "flag" },
    inactive: { summary: "Activate it only when it is named", type: "flag" },
  },
  apply(workspace, options, { chance, tell }) {
    const { extentSize, name: vg } = workspace.vg;
    const { name, tag } = options;
    checkLvName(vg, name);
    for (const each of tag) checkName("tag", each);
    if (workspace.hasLv(name)) throw new DvmError("EXISTS", `VG ${vg} already has an LV ${name}`);
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
        `LV ${name} would be empty: ${amount.percent}% of ${amount.of} is no extent`,
      );
    }
    const request = { ...placement, length: extents / shape.width };
    const placed = allocate(workspace.space, request, `LV ${name}`, extentSize);
    const lv: Lv = {
      id: chance.id(),
      name,
      access: options["read-only"] ? "ro" : "rw",
      activate: !options.inactive,
      tags: [...new Set(tag)],
      segments: shape.build(placed),
    };
    workspace.putLv(lv, options["allow-mixed-blocks"]);
    if (workspace.hasMixedBlocks)
      tell(`LV ${name} has logical blocks of ${blockBytesOf(lv, workspace.pvs)} bytes`);
  },
});

interface ShapeOptions {
  readonly type: string | undefined;
  readonly stripes: number | undefined;
  readonly "stripe-size": Sectors | undefined;
  readonly mirrors: number | undefined;
  readonly "region-size": Sectors | undefined;
}

function shapeOfNew(options: ShapeOptions, extentSize: Sectors): Shape {
  const { stripes, mirrors, "stripe-size": stripeSize, "region-size": regionSize } = options;
  const type =
    options.type ?? (mirrors ? "raid1" : stripes !== undefined && stripes > 1 ? "striped" : "linear");
  const refuse = (option: string) => new DvmError("USAGE", `--${option} does not go with type ${type}`);
  if (type !== "raid1" && mirrors) throw refuse("mirrors");
  if (type !== "raid1" && regionSize !== undefined) throw refuse("region-size");
  if (type !== "striped" && stripes !== undefined && stripes > 1) throw refuse("stripes");
  if (type !== "striped" && stripeSize !== undefined) throw refuse("stripe-size");
  switch (type) {
    case "linear":
      return newLinear();
    case "striped":
      return striped(stripes, stripeSize ?? parseSize("64k"), extentSize);
    case "raid1":
      return raid1(mirrors ?? 1, readRegionSize(regionSize), extentSize);
    default:
      throw new DvmError("USAGE", `no type "${type}": there is linear, striped, raid1`);
  }
}

function striped(stripes: number | undefined, stripeSize: Sectors, extentSize: Sectors): Shape {
  if (stripes === undefined || stripes < 2 || stripes > MAX_STRIPES)
    throw new DvmError("USAGE", `a striped LV needs --stripes of 2 to ${MAX_STRIPES}`);
  if (!isPowerOfTwo(stripeSize) || stripeSize < 8)
    throw new DvmError("USAGE", "--stripe-size must be a power of two of at least 4k");
  if (extentSize % stripeSize !== 0)
    throw new DvmError("USAGE", `--stripe-size must divide the extent size of ${extentSize} sectors`);
  return newStriped(stripes, stripeSize);
}

function raid1(mirrors: number, regionSize: Sectors, extentSize: Sectors): Shape {
  if (mirrors < 1 || mirrors > MAX_MIRRORS)
    throw new DvmError("USAGE", `a raid1 LV needs --mirrors of 1 to ${MAX_MIRRORS}`);
  return newRaid1(mirrors + 1, regionSize, extentSize);
}
