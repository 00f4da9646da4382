import { join } from "node:path";
import { entries, type Roots, read } from "./sysfs-block.ts";

/** More are not named: whoever reads them wants to know where to begin. */
const MANY = 4;

/**
 * The processes that have a block device open, as `PID (NAME)`: by their descriptors in /proc/PID/fd
 * (proc_pid_fd(5)).
 * @param deviceAt the number of the device that a path leads to
 * @param dev "major:minor"
 */
export function processesWithOpen(
  { proc }: Roots,
  deviceAt: (path: string) => string | undefined,
  dev: string,
): string[] {
  const found: string[] = [];
  for (const pid of entries(proc)) {
    if (!/^[0-9]+$/.test(pid)) continue;
    const directory = join(proc, pid, "fd");
    if (!entries(directory).some((fd) => deviceAt(join(directory, fd)) === dev)) continue;
    found.push(`${pid} (${read(join(proc, pid, "comm")) ?? "?"})`);
    if (found.length === MANY) break;
  }
  return found;
}
