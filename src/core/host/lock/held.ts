/**
 * Who has locks of names that begin alike. A lock file that nobody has locked was left by processes that are
 * gone: it is removed while it is locked for that, so nobody else can have it, and who had it open sees that
 * another file is there by its name.
 */
import { constants } from "node:fs";
import { open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { DvmError, errnoOf } from "../../base/error.ts";
import type { HeldLock } from "../../port/locks.ts";
import { holdersOf, shownHolders } from "./holders.ts";
import { tryFlock } from "./try-flock.ts";

const QUEUE = ".queue";

/** @throws DvmError IO when it cannot be looked at */
export async function heldIn(directory: string, prefix: string): Promise<readonly HeldLock[]> {
  try {
    const names = (await readdir(directory)).filter((name) => name.startsWith(prefix)).sort();
    const held: HeldLock[] = [];
    for (const name of names) {
      if (name.endsWith(QUEUE)) continue;
      const mode = await modeOf(join(directory, name));
      if (mode) held.push({ name, mode, by: shownHolders(await holdersOf(join(directory, name))) });
    }
    return held;
  } catch (cause) {
    // Where there is no directory nobody has made a lock.
    if (errnoOf(cause) === "ENOENT") return [];
    throw new DvmError("IO", `${directory}: cannot look who has locks: ${errnoOf(cause) ?? cause}`, {
      cause,
    });
  }
}

/** How it is held; undefined: it was not, and is gone. */
async function modeOf(path: string): Promise<HeldLock["mode"] | undefined> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch((cause: unknown) => {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw cause;
  });
  if (!file) return undefined;
  try {
    if (!tryFlock(file.fd, "exclusive")) return tryFlock(file.fd, "shared") ? "shared" : "exclusive";
    await Promise.all([path, path + QUEUE].map((each) => unlink(each).catch(() => undefined)));
    return undefined;
  } finally {
    await file.close();
  }
}
