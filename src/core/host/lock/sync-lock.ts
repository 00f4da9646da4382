import { closeSync, constants, openSync } from "node:fs";
import { DvmError, errnoOf } from "../../base/error.ts";
import { checked, LOCK, libc } from "../native.ts";

/**
 * Runs `work` while this process alone holds the lock file (flock(2), made when it is not there). Others
 * block meanwhile, so `work` must be short. A process that dies lets go.
 * @throws DvmError IO when it cannot be locked, else what `work` throws
 */
export function withSyncLock<T>(path: string, work: () => T): T {
  const fd = openLock(path);
  try {
    checked("flock", libc().flock(fd, LOCK.EX));
    return work();
  } finally {
    closeSync(fd);
  }
}

function openLock(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new DvmError("IO", `${path}: cannot lock: ${errnoOf(cause) ?? cause}`, { cause });
  }
}
