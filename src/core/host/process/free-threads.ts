import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where the kernel shows its limits; tests put other directories in their place. */
export interface LimitRoots {
  readonly proc: string;
  /** Where file systems of cgroups are mounted. */
  readonly cgroup: string;
}

const ROOT = 0;
/**
 * So many processes and threads of a user have to be counted one by one, which takes time; a limit above this
 * is that of a machine at large, which nobody comes near to.
 */
const LARGE = 8192;

/** How many threads this process may start at this moment, as far as a limit is near; else Infinity. */
export const freeThreads = (
  uid: number,
  roots: LimitRoots = { proc: "/proc", cgroup: "/sys/fs/cgroup" },
): number => Math.min(leftOfUser(uid, roots), ...leftOfGroups(roots));

/** By RLIMIT_NPROC, which does not hold for root. */
function leftOfUser(uid: number, { proc }: LimitRoots): number {
  if (uid === ROOT) return Infinity;
  const limit = Number(/^Max processes\s+(\d+)/m.exec(read(join(proc, "self/limits")))?.[1] ?? Infinity);
  if (limit > LARGE) return Infinity;
  let used = 0;
  for (const pid of entries(proc)) {
    if (!/^\d+$/.test(pid) || ownerOf(join(proc, pid)) !== uid) continue;
    used += Number(/^Threads:\s+(\d+)/m.exec(read(join(proc, pid, "status")))?.[1] ?? 1);
  }
  return Math.max(0, limit - used);
}

/**
 * By the pids controller (cgroups, version 2 or 1): of the group that this process is in, and of those around
 * it.
 */
function leftOfGroups({ proc, cgroup }: LimitRoots): number[] {
  return read(join(proc, "self/cgroup"))
    .split("\n")
    .flatMap((line) => {
      const [, controllers = "", path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (controllers === "") return ["", "unified"].flatMap((mount) => leftIn(join(cgroup, mount), path));
      return controllers.split(",").includes("pids") ? leftIn(join(cgroup, "pids"), path) : [];
    });
}

/** In a container the path may be that of the machine, of which only the end is there. */
function leftIn(mount: string, path: string): number[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return [...parts.keys(), parts.length].flatMap((depth) => {
    const group = join(mount, ...parts.slice(0, depth));
    const most = Number(read(join(group, "pids.max")) || "max");
    return Number.isNaN(most) ? [] : [Math.max(0, most - Number(read(join(group, "pids.current")) || 0))];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** undefined for a process that is gone meanwhile */
const ownerOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.uid;
