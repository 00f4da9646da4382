import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../base/error.ts";

/**
 * Rights of the owner, without which what has been made could not be used, or made again by the next who
 * comes.
 */
const OF_OWNER = 0o700;

/**
 * Makes a directory, for its owner alone, and those that it lies in; what is there already stays as it is.
 * Node's own `recursive` never ends where one of them cannot be made, as in /proc.
 * @throws what the system refuses
 */
export function makeDirectory(path: string): void {
  try {
    makeOne(path, OF_OWNER);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return;
    if (errnoOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    makeOne(path, OF_OWNER);
  }
}

/** Makes one directory with this mode, whatever the umask is. @throws what the system refuses, EEXIST too */
export function makeOne(path: string, mode: number): void {
  mkdirSync(path, { mode });
  if ((process.umask() & mode) !== 0) chmodSync(path, mode);
}
