import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Trace } from "../port/trace.ts";

/** Keeps documents in a directory, numbered in the order in which this process met them. */
export function hostTrace(directory: string | undefined): Trace {
  let next = 0;
  return {
    wanted: directory !== undefined,
    async keep(name, bytes) {
      if (directory === undefined) return;
      await mkdir(directory, { recursive: true });
      const number = String(next++).padStart(4, "0");
      await writeFile(join(directory, `${Date.now()}-${process.pid}-${number}-${name}`), bytes);
    },
  };
}
