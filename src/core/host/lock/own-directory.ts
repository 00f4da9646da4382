import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../../base/error.ts";
import { makeOne } from "./make-directory.ts";

const ROOT = 0;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Makes the directories `names` of which each lies in the one before, the first in `outermost`, where they
 * are missing, and sees to it that nobody else has a hand in them: `outermost` is root's or ours, the others
 * are ours, none is a symlink, and no other user may write there. They are looked at from the outside
 * inwards, so nobody can put another one into the place of one that has passed. The outermost may be open to
 * all if it is sticky, as /tmp is: what is ours in there stays ours.
 *
 * @param outermost an absolute path; what leads there is trusted
 * @param mode of the innermost; those between are 0755
 * @returns why it cannot be had, with the path that is at fault; undefined when all is well
 */
export function makeOwnDirectory(
  outermost: string,
  names: readonly string[],
  mode: number,
): string | undefined {
  let path = outermost;
  let wrong = whatIsWrong(path, true, 0o755);
  for (const [at, name] of names.entries()) {
    if (wrong) break;
    path = join(path, name);
    wrong = whatIsWrong(path, false, at === names.length - 1 ? mode : 0o755);
  }
  return wrong && `${path} ${wrong}`;
}

function whatIsWrong(path: string, isOutermost: boolean, madeWith: number): string | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false }) ?? made(path, madeWith);
    if (found.isSymbolicLink()) return "is a symbolic link";
    if (!found.isDirectory()) return "is no directory";
    const isOurs = found.uid === process.geteuid?.();
    if (!isOurs && !(isOutermost && found.uid === ROOT)) return `belongs to another user (uid ${found.uid})`;
    const isOpen = (found.mode & WRITABLE_BY_OTHERS) !== 0;
    if (isOpen && !(isOutermost && (found.mode & STICKY) !== 0)) return "can be written to by other users";
    return undefined;
  } catch (cause) {
    return `cannot be made in ${dirname(path)}: ${errnoOf(cause) ?? cause}`;
  }
}

function made(path: string, mode: number) {
  try {
    makeOne(path, mode);
  } catch (cause) {
    // Another process of ours may have been faster.
    if (errnoOf(cause) !== "EEXIST") throw cause;
  }
  return lstatSync(path);
}
