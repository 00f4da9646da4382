import { DvmError } from "../../base/error.ts";
import { freeThreads } from "./free-threads.ts";

/**
 * Threads for system calls that may wait. One that waits for a hung device is lost, so there are more than
 * devices, up to a limit. libuv reads the number when the first thread is wanted, starts all of them at once,
 * and aborts where one cannot be started: whoever may be the first to want one imports this.
 */
const MOST = 64;
/** Besides one for each device: for files, and one that is free when all devices hang. */
const SPARE = 4;
/** Left for what else starts some: the ring of the kernel, and programs that are run. */
const LEFT = 3;
/** One that hangs, and one for all else. */
const LEAST = 2;

const most = Math.min(MOST, freeThreads(process.getuid?.() ?? 0) - LEFT);
if (most < LEAST)
  throw new DvmError(
    "IO",
    `fewer than ${LEAST + LEFT} threads can be started: raise the limit of processes (ulimit -u, ` +
      "LimitNPROC=, TasksMax=, pids.max)",
  );
process.env["UV_THREADPOOL_SIZE"] = String(most);

/**
 * Says that nothing else than so many devices can hang, before the first thread is wanted: to start fewer
 * saves milliseconds on most machines, and a tenth of all the time on some.
 */
export function wantThreads(devices: number): void {
  process.env["UV_THREADPOOL_SIZE"] = String(Math.min(most, devices + SPARE));
}

/** How many there are. */
export const threadCount = (): number => Number(process.env["UV_THREADPOOL_SIZE"]) || MOST;
