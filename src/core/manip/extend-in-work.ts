import { DvmError } from "../base/error.ts";
import { roundUp } from "../base/units.ts";
import type { Amount } from "../volume/amount.ts";
import type { ChangeContext } from "../volume/change.ts";
import { growInWork, rowsInWork } from "../volume/grow-in-work.ts";
import { type Lv, lengthOf } from "../volume/model.ts";
import { type PlacementWords, readPlace } from "../volume/placement.ts";
import { wholeRowsOf } from "../volume/shape.ts";
import { mirrorIn } from "../volume/types/raid.ts";
import { refuseInWork } from "../volume/work.ts";
import type { Workspace } from "../volume/workspace.ts";

/**
 * Makes an LV longer that moves, or becomes another type: what it was, and what it becomes.
 * @throws DvmError IN_USE for other work; USAGE, NO_SPACE, WOULD_LOSE_DATA
 */
export function extendInWork(
  workspace: Workspace,
  lv: Lv,
  amount: Amount,
  options: PlacementWords,
  tell: ChangeContext["tell"],
): undefined {
  if (!mirrorIn(lv)) refuseInWork(lv);
  if ("percent" in amount)
    throw new DvmError("USAGE", `LV ${lv.name} is in work, and lies in two places: give a size, not a share`);
  const length = lengthOf(lv);
  const rows = rowsInWork(lv, workspace.vg.extentSize);
  const missing = amount.sign === "+" ? amount.extents : amount.extents - length;
  const added = roundUp(missing, rows);
  if (added < 0)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `LV ${lv.name} has ${length} extents, more than ${amount.extents}, and cannot get shorter in work`,
    );
  if (added === 0) tell(`LV ${lv.name} has ${length} extents already`);
  if (added > missing) tell(wholeRowsOf(lv.name, length + missing, length + added, rows));
  const place = readPlace(workspace, lv, options);
  if (added > 0) growInWork(workspace, lv, length + added, place, options["allow-mixed-blocks"] ?? false);
}
