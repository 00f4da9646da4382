import { DvmError } from "../base/error.ts";
import { roundUp, type Sectors } from "../base/units.ts";
import { allocate } from "../volume/allocate.ts";
import { type ChangeContext, change } from "../volume/change.ts";
import type { NewLeg } from "../volume/legs.ts";
import { type Lv, lengthOf } from "../volume/model.ts";
import { newMeta } from "../volume/new-legs.ts";
import { shapeOfNew, typeNames, typeOptions, typesForPeople } from "../volume/new-shape.ts";
import {
  type AllocationBounds,
  mixedBlocksOption,
  placementOptions,
  readPlace,
} from "../volume/placement.ts";
import type { Shape } from "../volume/shape.ts";
import { mirrorIn, mirrorLegs } from "../volume/types/raid.ts";
import { MAX_LEGS, readRegionSize } from "../volume/types/raid-new.ts";
import { beginWork, endWork, legsBefore, refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";

export const convert = change({
  name: "convert",
  summary: "Make an LV one of another type, while it is in use",
  description:
    "All of it is copied to free extents, as what it shall be. --finish ends that once the copy is " +
    "complete; until then --abort gives it up, and both may be had at any time, whatever was stopped or " +
    "failed in between.",
  examples: [
    "--name root --type raid5 --stripes 2",
    "--name root --type striped --stripes 2 --stripe-size 128k",
    "--name root --finish",
  ],
  options: {
    name: { summary: "The LV's name or id", required: true },
    type: { summary: `What it shall be: ${typesForPeople}`, choices: typeNames, placeholder: "TYPE" },
    ...typeOptions,
    ...placementOptions,
    "allow-mixed-blocks": mixedBlocksOption,
    finish: { summary: "End it: the old copy goes", type: "flag" },
    abort: { summary: "Give it up: the new copy goes", type: "flag" },
  },
  groups: [{ give: "one", of: ["type", "finish", "abort"] }],
  apply(workspace, options, { tell }) {
    const lv = workspace.lv(options.name);
    const mixed = options["allow-mixed-blocks"];
    if (options.type !== undefined) {
      refuseInWork(lv);
      const place = readPlace(workspace, lv, options);
      return start(workspace, lv, shapeOfNew(options, workspace.vg.extentSize), place, options, tell);
    }
    if (lv.work !== "convert") return tell(`LV ${lv.name} is not becoming another type`);
    endWork(workspace, lv, options.finish ? "from" : "to", mixed);
  },
});

interface How {
  readonly "allow-mixed-blocks": boolean;
}

function start(
  workspace: Workspace,
  lv: Lv,
  shape: Shape,
  place: AllocationBounds,
  { "allow-mixed-blocks": mixed, ...given }: How,
  tell: ChangeContext["tell"],
): void {
  const leaving = legsBefore(lv);
  const length = lengthOf(lv);
  const rows = roundUp(length, shape.width);
  const { tracks, apart, metaLength } = shape;
  const request = { tracks, apart, metaLength, ...place, length: rows / shape.width };
  const placed = allocate(workspace.space, request, `the new copy of LV ${lv.name}`, workspace.vg);
  const added = legsOfNew(workspace, lv, shape.build(placed), place);
  if (leaving.length + added.length > MAX_LEGS)
    throw new DvmError(
      "TOO_LARGE",
      `LV ${lv.name} has ${leaving.length} copies and would get ${added.length}, more than ${MAX_LEGS} for ` +
        `a time: manip mirror --name ${lv.name} --mirrors ${MAX_LEGS - added.length - 1} makes them fewer`,
    );
  if (rows > length)
    tell(`LV ${lv.name} will have ${rows} extents instead of ${length} by then, for whole rows of stripes`);
  const { "region-size": wanted } = given as { readonly "region-size"?: Sectors };
  const regionSize = mirrorIn(lv)?.regionSize ?? readRegionSize(wanted);
  beginWork(workspace, lv, "convert", { leaving, added, regionSize }, mixed);
}

/** What it shall be, as legs of a raid1: legs of one, or all of anything else. @throws DvmError NO_SPACE */
function legsOfNew(workspace: Workspace, lv: Lv, image: Lv["segments"], place: AllocationBounds): NewLeg[] {
  const legs = mirrorLegs(image);
  return legs.length > 0 ? legs : [{ image, meta: newMeta(workspace, lv, image, place, []) }];
}
