import { closeSync, openSync } from "node:fs";
import { checked, LOCK, libc } from "./native.ts";

/**
 * Runs `work` while this process alone holds the lock file (flock(2), made when it is not there). Others block
 * meanwhile, so `work` must be short. A process that dies lets go.
 */
export function withSyncLock<T>(path: string, work: () => T): T {
  const fd = openSync(path, "a", 0o600);
  try {
    checked("flock", libc().flock(fd, LOCK.EX));
    return work();
  } finally {
    closeSync(fd);
  }
}
