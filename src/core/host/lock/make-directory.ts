import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../base/error.ts";

/**
 * Makes a directory, for its owner alone, and those that it lies in; what is there already stays as it is. Node's own
 * `recursive` never ends where one of them cannot be made, as in /proc.
 * @throws what the system refuses
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return;
    if (errnoOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}
