import type { DmDevice, DmState } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { plan } from "./programs.ts";

const MANY = 3;

/**
 * A change is planned from what the old metadata says. When something else is live, the plan would be wrong.
 * @param desired the devices of the live LVs as the old metadata has them
 * @param scope uuids of all the devices that could be live
 * @throws DvmError TABLES_DIFFER with what settle would do about it
 */
export async function refuseDrift(
  sys: Sys,
  current: DmState,
  desired: readonly DmDevice[],
  scope: readonly string[],
): Promise<void> {
  const refuse = (what: string, details = {}) =>
    new DvmError(
      "TABLES_DIFFER",
      `what is live differs from the metadata (${what}): run volactivate settle first`,
      {
        details,
      },
    );
  let summary: readonly string[];
  try {
    ({ summary } = await plan(sys, current, { scope: [...scope], devices: [...desired] }));
  } catch (thrown) {
    const cause = toDvmError(thrown);
    if (cause.code === "BUG") throw thrown;
    throw refuse(cause.message);
  }
  if (summary.length === 0) return;
  const more = summary.length > MANY ? ` and ${summary.length - MANY} more` : "";
  throw refuse(`to be done: ${summary.slice(0, MANY).join(", ")}${more}`, {
    toBeDone: summary.slice(0, 100),
  });
}
