import { accessSync, constants, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DvmError, errnoOf, toDvmError } from "../../base/error.ts";
import { reasonOf } from "../../base/system-failure.ts";
import type { Files } from "../../port/files.ts";
import type { Trace } from "../../port/trace.ts";
import { makeFence } from "../disk/fence.ts";
import { makeDirectory } from "../lock/make-directory.ts";

export interface TraceOptions {
  /** Nothing is kept when undefined. */
  readonly directory: string | undefined;
  /** That write in time. */
  readonly files: Pick<Files, "write">;
  readonly warn: (message: string) => void;
}

/** These are of the path that was given; what else there is, is of the machine. */
const OF_THE_PATH = new Set(["ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

/**
 * Keeps documents in a directory, numbered in the order in which this process met them. What happens to the
 * directory later has no say in what the process does: the first document that cannot be kept is the last one
 * that is tried.
 * @throws DvmError BAD_INPUT, IO when the directory cannot be used
 */
export function hostTrace({ directory, files, warn }: TraceOptions): Trace {
  if (directory === undefined) return { wanted: false, keep: async () => undefined };
  makeUsable(directory);
  let next = 0;
  let hasFailed = false;
  return {
    wanted: true,
    async keep(name, bytes) {
      if (hasFailed) return;
      const number = String(next++).padStart(4, "0");
      const path = join(directory, `${Date.now()}-${process.pid}-${number}-${name}`);
      try {
        await files.write(path, bytes);
      } catch (thrown) {
        hasFailed = true;
        warn(`nothing more is kept in the trace: ${toDvmError(thrown).message}`);
      }
    },
  };
}

/**
 * Asks for the directory in time, before anything is asked that would wait for ever.
 * @param ask for tests
 * @throws DvmError DEADLINE when nothing answers there, as on a file system whose server is gone
 */
export async function traceAnswers(
  directory: string,
  deadlineMs: number,
  ask: (path: string) => Promise<unknown> = stat,
): Promise<void> {
  const fence = makeFence({ deadlineMs, stuckLimit: () => 1 });
  const answered = () => ask(directory).catch(() => undefined);
  await fence.run(directory, `trace ${directory}`, answered);
}

function makeUsable(directory: string): void {
  try {
    makeDirectory(directory);
    if (!statSync(directory).isDirectory())
      throw Object.assign(new Error("no directory"), { code: "ENOTDIR" });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const errno = errnoOf(cause) ?? String(cause);
    const reason = errno === "ENOTDIR" ? "is no directory" : reasonOf(errno);
    throw new DvmError(OF_THE_PATH.has(errno) ? "BAD_INPUT" : "IO", `trace ${directory}: ${reason}`, {
      cause,
    });
  }
}
