import { writeSync } from "node:fs";
import { errnoOf } from "../base/error.ts";

/**
 * Writes all of `bytes` to stdout. A reader that has gone away ends the process quietly, as for any filter.
 * A pipe may be non-blocking, so a full one is tried again.
 */
export async function writeStdout(bytes: Uint8Array | string): Promise<void> {
  const buffer = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  let done = 0;
  while (done < buffer.length) {
    try {
      done += writeSync(1, buffer, done);
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
