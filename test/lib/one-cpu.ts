import { readFileSync } from "node:fs";

/** tap counts the files that it runs at the same time. */
const job = Number(process.env["TAP_JOB_ID"] ?? process.pid);

/**
 * The number of one CPU that this process may run on, another one than for the other test files that run at
 * the same time. A guest belongs on one: every system call of its programs is a switch between two processes
 * of the host, and these are three times slower when they go from one CPU to another.
 */
export function oneCpu(): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const cpus = list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return cpus[job % cpus.length] ?? 0;
}
