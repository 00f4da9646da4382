/**
 * Threads for system calls that may wait. One that waits for a hung device is lost, so there are more than devices,
 * up to a limit. libuv reads the number when the first thread is wanted, and starts all of them at once: whoever may
 * be the first to want one imports this.
 */
const MOST = 64;
/** Besides one for each device: for files, and one that is free when all devices hang. */
const SPARE = 4;

process.env["UV_THREADPOOL_SIZE"] = String(MOST);

/**
 * Says that nothing else than so many devices can hang, before the first thread is wanted: to start fewer saves
 * milliseconds on most machines, and a tenth of all the time on some.
 */
export function wantThreads(devices: number): void {
  process.env["UV_THREADPOOL_SIZE"] = String(Math.min(MOST, devices + SPARE));
}

/** How many there are. */
export const threadCount = (): number => Number(process.env["UV_THREADPOOL_SIZE"]) || MOST;
