import { statSync } from "node:fs";
import { join } from "node:path";
import { type Roots, read } from "./sysfs-block.ts";

/** What the kernel uses devices for at this moment: "major:minor" -> mount point, or "[SWAP]". */
export type Mounts = ReadonlyMap<string, string>;

/**
 * Reads /proc/self/mountinfo (proc_pid_mountinfo(5)) and /proc/swaps. A file system over several devices
 * shows a number of its own there, so the device that was named when it was mounted is looked up as well.
 */
export function readMounts(roots: Roots): Mounts {
  const mounts = new Map<string, string>();
  for (const line of (read(join(roots.proc, "self/mountinfo")) ?? "").split("\n")) {
    const words = line.split(" ");
    const dash = words.indexOf("-");
    const [dev, point, source] = [words[2], words[4], words[dash + 2]];
    if (dev === undefined || point === undefined || dash < 0) continue;
    const named = source?.startsWith("/") ? numberOf(unescapeOctal(source)) : undefined;
    for (const each of [dev, named]) {
      if (each !== undefined && !mounts.has(each)) mounts.set(each, unescapeOctal(point));
    }
  }
  for (const line of (read(join(roots.proc, "swaps")) ?? "").split("\n").slice(1)) {
    const dev = numberOf(unescapeOctal(line.split(/\s/)[0] ?? ""));
    if (dev !== undefined) mounts.set(dev, "[SWAP]");
  }
  return mounts;
}

/** "major:minor" from what stat(2) gives as st_rdev (gnu_dev_major(3)). */
export function deviceNumber(rdev: number): string {
  const value = BigInt(rdev);
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & ~0xfffn);
  const minor = (value & 0xffn) | ((value >> 12n) & ~0xffn & 0xffffffffn);
  return `${major}:${minor}`;
}

/** "major:minor" of the block device that a node or a link to one leads to. */
export function numberOf(path: string): string | undefined {
  try {
    const found = statSync(path);
    return found.isBlockDevice() ? deviceNumber(found.rdev) : undefined;
  } catch {
    return undefined;
  }
}

/** The kernel writes white space in paths as \040. */
const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
