/**
 * Threads for system calls that may wait. One that waits for a hung device is lost, so there are more than could be
 * busy. libuv reads the number when the first thread is wanted: whoever may be the first to want one imports this.
 */
const THREADS = 64;

process.env["UV_THREADPOOL_SIZE"] ??= String(THREADS);

/** How many there are. */
export const threadCount = (): number => Number(process.env["UV_THREADPOOL_SIZE"]) || THREADS;
