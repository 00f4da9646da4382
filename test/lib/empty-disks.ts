import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes sparse image files that read as zeros. @returns their paths, in the order of the names */
export const emptyDisks = (directory: string, bytes: number, ...names: readonly string[]): string[] =>
  names.map((name) => {
    const path = join(directory, `${name}.img`);
    writeFileSync(path, "");
    truncateSync(path, bytes);
    return path;
  });
