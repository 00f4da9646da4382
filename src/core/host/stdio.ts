import { writeSync } from "node:fs";
import { errnoOf } from "../base/error.ts";

/**
 * Writes all of it to stdout. A reader that has gone away ends the process quietly, as for any filter.
 * A pipe may be non-blocking, so a full one is tried again.
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
      else throw error;
    }
  }
}

/** Writes to stderr; that nobody listens is no failure. */
export function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {}
}
