import { writeSync } from "node:fs";
import { DvmError, errnoOf } from "../base/error.ts";

/**
 * Writes all of it to stdout. A reader that has gone away ends the process quietly, as for any filter.
 * A pipe may be non-blocking, so a full one is tried again.
 * @throws DvmError IO when it cannot be written, as on a full disk
 */
export async function writeStdout(output: Uint8Array | string): Promise<void> {
  const length = Buffer.byteLength(output);
  let rest = output;
  let done = 0;
  while (done < length) {
    try {
      if (typeof rest !== "string") done += writeSync(1, rest, done);
      else {
        // As it is: its bytes are needed only when not all of them were taken at once.
        done = writeSync(1, rest);
        if (done < length) rest = Buffer.from(rest);
      }
    } catch (error) {
      if (errnoOf(error) === "EAGAIN") await new Promise((resolve) => setTimeout(resolve, 1));
      else if (errnoOf(error) === "EPIPE") process.exit(0);
      else throw lost(error);
    }
  }
}

/** By the time a result is written, what was asked for is done. */
function lost(cause: unknown): DvmError {
  const errno = errnoOf(cause) ?? String(cause);
  return new DvmError("IO", `stdout: ${errno}: the result could not be written, all else is done`, { cause });
}

/** Writes to stderr; that nobody listens is no failure. */
export function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {}
}
