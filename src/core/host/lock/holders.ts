import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

export interface LockHolder {
  readonly pid: number;
  /** Its command line, cut to what a message can hold; blank when it cannot be known. */
  readonly command: string;
}

const MAX_COMMAND = 120;

/**
 * Who holds a lock on a file, as /proc/locks tells it (proc(5)); where that does not name the file, since a
 * file system gives another device number there than stat(2), the process that the lock file itself names.
 */
export async function holdersOf(path: string): Promise<readonly LockHolder[]> {
  const fromKernel = await pidsFromKernel(path);
  const pids = fromKernel.length > 0 ? fromKernel : await pidsFromFile(path);
  return Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) })));
}

/** For people. */
export const shownHolders = (holders: readonly LockHolder[]): string =>
  holders.map(({ pid, command }) => `process ${pid}${command ? ` (${command})` : ""}`).join(", ") ||
  "another process";

/**
 * Lines such as `1: FLOCK ADVISORY WRITE 4711 08:01:131 0 EOF`; a waiting process has `->` in the second
 * column.
 */
async function pidsFromKernel(path: string): Promise<number[]> {
  const file = await stat(path).catch(() => undefined);
  const text = await readFile("/proc/locks", "latin1").catch(() => "");
  if (!file) return [];
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const [major, minor] = deviceNumbers(file.dev);
  const ours = lines.filter(([, kind, , , , where]) => {
    const [lockMajor = "", lockMinor = "", inode] = (where ?? "").split(":");
    const sameDevice = Number.parseInt(lockMajor, 16) === major && Number.parseInt(lockMinor, 16) === minor;
    return kind === "FLOCK" && sameDevice && Number(inode) === file.ino;
  });
  return [...new Set(ours.map(([, , , , pid]) => Number(pid)))].filter((pid) => pid > 0);
}

async function pidsFromFile(path: string): Promise<number[]> {
  const pid = Number.parseInt(await readFile(path, "latin1").catch(() => ""), 10);
  return pid > 0 && (await commandOf(pid)) !== "" ? [pid] : [];
}

async function commandOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  // The program counts, not where it is installed, nor that an interpreter runs it.
  const words = line.split("\0");
  if (/(^|\/)node$/.test(words[0] ?? "") && !/^(-|$)/.test(words[1] ?? "")) words.shift();
  words[0] = basename(words[0] ?? "");
  // Whatever could upset a terminal goes.
  const command = words
    .join(" ")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
  return command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND)}…` : command;
}

/** Major and minor number out of st_dev: 12 and 20 bits, the minor's in two pieces (makedev(3)). */
function deviceNumbers(dev: number): readonly [number, number] {
  const major = Math.floor(dev / 2 ** 8) & 0xfff;
  const minor = (dev & 0xff) | (Math.floor(dev / 2 ** 12) & 0xfff00);
  return [major, minor];
}
