import { writeSync } from "node:fs";
import { DvmError, errnoOf, ReaderGone } from "../../base/error.ts";
import { reasonOf } from "../../base/system-failure.ts";

/**
 * Writes all of it to stdout. A pipe may be non-blocking, so a full one is tried again.
 * @throws ReaderGone when nobody reads any more; DvmError IO when it cannot be written, as on a full disk
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
      else if (errnoOf(error) === "EPIPE") throw new ReaderGone(error);
      else throw new DvmError("IO", `stdout: ${reasonOf(errnoOf(error) ?? String(error))}`, { cause: error });
    }
  }
}

/** Writes to stderr; that nobody listens is no failure. */
export function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {}
}
