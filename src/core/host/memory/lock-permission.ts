import { readFileSync } from "node:fs";
import { inKernelView } from "../kernel-view.ts";
import { MAP, MAP_FAILED, type MemoryCalls, MLOCK_ONFAULT, PROT_NONE } from "./calls.ts";

const PAGE = 4096;
const LIMITS = "/proc/self/limits";

/**
 * Asks the kernel whether this process may lock as much as it likes, by locking more than its limit: an empty
 * area that takes no memory. It has to be known before, because with a limit and MCL_FUTURE the next
 * mmap(2) of V8 would be refused, and V8 would end the process.
 *
 * @returns why not, in words; undefined when it may
 */
export function mayLock(calls: MemoryCalls): string | undefined {
  const limit = lockLimit();
  if (limit === undefined) return undefined;
  const length = Math.ceil(limit / PAGE) * PAGE + PAGE;
  const address = calls.mmap(0, length, PROT_NONE, MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE, -1, 0);
  if (address === MAP_FAILED) return `mmap: ${calls.errnoName()}`;
  const locked = calls.mlock2(address, length, MLOCK_ONFAULT);
  const reason = locked === -1 ? calls.errnoName() : "";
  calls.munmap(address, length);
  if (locked === 0) return undefined;
  return `${reason}: it takes CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK, the limit is ${limit} bytes`;
}

/** The soft limit in bytes; undefined for none. */
function lockLimit(): number | undefined {
  const soft = /^Max locked memory +(\S+)/m.exec(
    inKernelView(LIMITS, () => readFileSync(LIMITS, "latin1")),
  )?.[1];
  return soft === undefined || soft === "unlimited" ? undefined : Number(soft);
}
