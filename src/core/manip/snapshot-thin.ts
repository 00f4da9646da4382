import { DvmError } from "../base/error.ts";
import { type Lv, lengthOf } from "../volume/model.ts";
import { thin, thinIn } from "../volume/types/thin.ts";
import { poolIn, withNewThin } from "../volume/types/thin-pool.ts";
import type { Workspace } from "../volume/workspace.ts";

/** A snapshot of a thin LV is a thin LV of its pool: the two share what neither has written since. */
export function snapshotThin(workspace: Workspace, origin: Lv, made: Omit<Lv, "segments">): void {
  const segment = thinIn(origin.segments);
  if (!segment) throw new DvmError("BUG", `LV ${origin.name} is not thin`);
  const lv = workspace.lv(segment.pool);
  const pool = poolIn(lv.segments);
  if (!pool) throw new DvmError("BUG", `LV ${lv.name} is no pool`);
  const was = workspace.committed(lv.id);
  const { id, pool: next } = withNewThin(pool, was && poolIn([was]), segment.deviceId);
  workspace.putLv({ ...lv, segments: [next] });
  const own = { type: thin.name, start: 0, length: lengthOf(origin), pool: lv.id, deviceId: id };
  workspace.putLv({ ...made, segments: [own] });
}
