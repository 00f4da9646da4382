/** How many threads may be started, by what the kernel shows of limits. */
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { freeThreads } from "../../../../src/core/host/process/free-threads.ts";

const UID = process.getuid?.() || 4711;

/** A /proc and a /sys/fs/cgroup of these files. */
function kernel(directory: string, files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    const at = join(directory, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
  }
  return { proc: join(directory, "proc"), cgroup: join(directory, "cgroup") };
}

const limits = (processes: string) =>
  "Limit                     Soft Limit           Hard Limit           Units\nMax processes            " +
  ` ${processes.padEnd(20)} unlimited            processes\n`;

t.test("nothing is known, or there is no limit", async (t) => {
  t.equal(freeThreads(UID, kernel(t.testdir({}), {})), Infinity);
  const none = { "proc/self/limits": limits("unlimited"), "proc/self/cgroup": "0::/a\n" };
  t.equal(freeThreads(UID, kernel(t.testdir({}), { ...none, "cgroup/a/pids.max": "max\n" })), Infinity);
  t.equal(freeThreads(UID, kernel(t.testdir({}), { "proc/self/limits": limits("9000") })), Infinity, "large");
});

t.test("a limit of the user's, less the threads of all of his processes", async (t) => {
  const roots = kernel(t.testdir({}), {
    "proc/self/limits": limits("100"),
    "proc/7/status": "Name:\tdvm\nThreads:\t6\n",
    "proc/8/status": "Threads:\t30\n",
    "proc/9/status": "Threads:\t50\n",
    "proc/uptime": "",
  });
  if (process.getuid?.() !== 0) return void t.equal(freeThreads(UID, roots), 14, "all are his");
  for (const pid of [7, 8]) chownSync(join(roots.proc, String(pid)), UID, UID);
  t.equal(freeThreads(UID, roots), 64);
  t.equal(freeThreads(0, roots), Infinity, "which does not hold for root");
});

t.test("a limit of a group, or of one around it", async (t) => {
  const rows: readonly (readonly [cgroup: string, files: Record<string, string>, free: number])[] = [
    ["0::/a/b", { "a/b/pids.max": "20", "a/b/pids.current": "5" }, 15],
    ["0::/a/b", { "a/b/pids.max": "max", "a/pids.max": "20", "a/pids.current": "19" }, 1],
    [
      "0::/a/b",
      { "a/b/pids.max": "20", "a/b/pids.current": "5", "a/pids.max": "9", "a/pids.current": "9" },
      0,
    ],
    ["0::/", { "pids.max": "20", "pids.current": "5" }, 15],
    ["0::/../other", { "pids.max": "20", "pids.current": "5" }, 15],
    ["0::/a", { "unified/a/pids.max": "20", "unified/a/pids.current": "8" }, 12],
    ["8:pids:/a\n4:memory:/b\n0::/", { "pids/a/pids.max": "20", "pids/a/pids.current": "22" }, 0],
    ["8:pids:/a\n4:memory:/b\n0::/", { "pids/b/pids.max": "20", "pids/b/pids.current": "2" }, Infinity],
  ];
  for (const [cgroup, files, free] of rows) {
    const below = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [`cgroup/${path}`, `${text}\n`]),
    );
    const roots = kernel(t.testdir({}), { "proc/self/cgroup": `${cgroup}\n`, ...below });
    t.equal(freeThreads(UID, roots), free, `${cgroup} ${JSON.stringify(files)}`);
  }
});
