import { assert } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { roundDown, roundUp, type Sectors } from "../base/units.ts";
import type { Parameters, Values } from "../port/parameters.ts";
import { allocate, moreRoom } from "../volume/allocate.ts";
import { readAmount } from "../volume/amount.ts";
import { blockBytesOf } from "../volume/blocks.ts";
import { change } from "../volume/change.ts";
import { checkLvName } from "../volume/check.ts";
import type { Lv } from "../volume/model.ts";
import {
  amountOptions,
  extentsOf,
  mixedBlocksOption,
  oneAmount,
  placementOptions,
  readPlacement,
} from "../volume/placement.ts";
import { type Shape, wholeRowsOf } from "../volume/shape.ts";
import { creations } from "../volume/types/index.ts";
import type { CreateOption } from "../volume/types/type.ts";

const kinds = creations();
const typeNames = kinds.map(({ name }) => name);

/** Only types know what they are, and their values. */
const typeOptions: Readonly<Record<never, never>> = Object.assign({}, ...kinds.map(({ options }) => options));

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
      summary:
        `${typeNames.slice(0, -1).join(", ")} or ${typeNames.at(-1)} (default: as --stripes and ` +
        "--mirrors say)",
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
        `LV ${name} would be empty: ${amount.percent}% of ${amount.of} is no extent; ` +
          moreRoom(vg, placement.named),
      );
    }
    if (extents > wanted) tell(wholeRowsOf(name, wanted, extents, shape.width));
    const request = { ...placement, length: extents / shape.width };
    const placed = allocate(workspace.space, request, `LV ${name}`, workspace.vg);
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

/** What to allocate, as the options of types say. @throws DvmError USAGE */
export function shapeOfNew(given: Values<Parameters>, extentSize: Sectors): Shape {
  const named = given["type"];
  const kind = kinds.findLast(({ name, isMeant }) => (named === undefined ? isMeant(given) : name === named));
  assert(kind, "no type is meant");
  for (const { options } of kinds.toReversed())
    for (const [option, { least = 0 }] of Object.entries<CreateOption>(options)) {
      const value: unknown = given[option];
      const asks = typeof value === "number" ? value >= least : value !== undefined && value !== false;
      if (asks && !Object.hasOwn(kind.options, option))
        throw new DvmError("USAGE", `--${option} does not go with type ${kind.name}`);
    }
  return kind.shape(given, extentSize);
}
