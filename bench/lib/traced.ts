/** What an update wrote, from the documents that `--trace` keeps. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Vg } from "./dvm.ts";

export interface Written {
  readonly regions: number;
  readonly pagesWritten: number;
  readonly bytesWritten: number;
  readonly flushes: number;
}

/** Makes a change, metadata only. */
export function traced(
  directory: string,
  vg: Vg,
  change: readonly string[],
): { readonly prepare: Written; readonly commit: Written } {
  const kept = mkdtempSync(join(directory, "trace-"));
  try {
    vg.dvm(["run", vg.name, "--trace", kept, "--no-activate", "--", ...change]);
    const of = (verb: string): Written => {
      const file = readdirSync(kept).find((name) => name.endsWith(`replicate-${verb}-out.json`));
      if (file === undefined) throw new Error(`no trace of ${verb}`);
      return JSON.parse(readFileSync(join(kept, file), "utf8"));
    };
    return { prepare: of("prepare"), commit: of("commit") };
  } finally {
    rmSync(kept, { recursive: true });
  }
}
