import { readdirSync } from "node:fs";
import { inKernelView } from "../kernel-view.ts";
import { libc, type NativeFunction } from "../native.ts";

/** From <fcntl.h>. */
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const LAST_STANDARD = 2;
const OWN = "/proc/self/fd";

let fcntl: NativeFunction | undefined;

/**
 * Marks every descriptor but stdin, stdout and stderr to be closed in children. Those that Node opens are so
 * already; those that this process has been started with are not, a lock or a disk of its caller's among
 * them.
 */
export function keepFromChildren(): void {
  fcntl ??= libc().declare("int fcntl(int, int, long)");
  for (const name of inKernelView(OWN, () => readdirSync(OWN))) {
    const fd = Number(name);
    // The directory itself is closed by now, and fails with EBADF.
    if (fd > LAST_STANDARD) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}
