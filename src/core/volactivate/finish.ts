/** commit and abort: the second half of what prepare began. Either can be repeated. */
import type { Activation } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { run } from "./programs.ts";

/**
 * @throws DvmError NOT_ACTIVATED when something could not be done, HALF_DONE when a device stays suspended
 */
export async function commit(sys: Sys, { commit: program }: Activation): Promise<void> {
  try {
    await run(sys, program);
  } catch (thrown) {
    const cause = toDvmError(thrown);
    if (!["PROGRAM_FAILED", "DEADLINE", "IN_USE", "KERNEL"].includes(cause.code)) throw thrown;
    throw new DvmError("NOT_ACTIVATED", `${cause.message}; run volactivate settle`, {
      cause,
      // For who has another way to finish it.
      details: { ...cause.details, failure: cause.message },
    });
  }
}

/** @throws DvmError HALF_DONE when something of prepare is left */
export const abort = (sys: Sys, { abort: program }: Activation): Promise<void> => run(sys, program);
