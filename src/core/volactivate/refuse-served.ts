import type { Lv, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { LvUser } from "../port/lv-locks.ts";
import { allRuns } from "../volume/model.ts";
import { outside } from "../volume/runs.ts";
import { type Relations, usesOf } from "../volume/users.ts";
import type { ChangedLv } from "./changed.ts";

/**
 * What is read or written in user space (dvm serve, export, import) goes on by the layout that it began with:
 * its extents stay its own, and while it is written nothing about it changes, since a snapshot of it, say,
 * would not see what is written.
 * @throws DvmError IN_USE, naming the LV and who has it
 */
export function refuseServed(
  old: Metadata,
  changed: readonly ChangedLv[],
  { byId }: Pick<Relations, "byId">,
  users: readonly LvUser[],
): void {
  for (const { lv: id, writes, by } of users) {
    const was = old.lvs.find((lv) => lv.id === id);
    if (!was) continue;
    const now = byId.get(id);
    const isWritten = writes && changed.some(({ lv }) => lv.id === id || usesOf(lv).includes(id));
    if (!isWritten && now && keeps(now, was)) continue;
    throw new DvmError(
      "IN_USE",
      `LV ${was.name} is ${writes ? "written" : "read"} without a kernel by ${by}, and would ` +
        `${now ? "be laid out otherwise" : "be gone"}: end that first`,
      { details: { lv: was.name, by } },
    );
  }
}

/** It still has every extent that it had. */
const keeps = (now: Lv, was: Lv): boolean => {
  const runs = allRuns(now);
  return allRuns(was).every((run) => outside(run, runs).length === 0);
};
