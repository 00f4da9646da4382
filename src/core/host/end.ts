import { isAnyStuck } from "./fence.ts";
import { libc } from "./native.ts";

/**
 * Ends the process with this status. Node's own end waits for the threads that make system calls; one that waits
 * for a device which does not answer would hold it up for as long as the device does.
 */
export function endProcess(status: number): never {
  if (isAnyStuck()) libc().declare("void _exit(int)")(status);
  process.exit(status);
}
