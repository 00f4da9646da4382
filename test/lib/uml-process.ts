import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KERNEL } from "./kernel.ts";
import { oneCpu } from "./one-cpu.ts";
import type { UmlOptions } from "./uml.ts";
import { initScript } from "./uml-init.ts";
import { DM_MODULES, moduleFiles } from "./uml-modules.ts";
import { helpForXstate } from "./uml-xstate.ts";

/** Enough for Node and for the caches of some small file systems. */
const DEFAULT_MEM_MB = 768;

const MAX_DISKS = 16; // UBD's MAX_DEV

/**
 * The shell leads the process group and becomes the kernel. Its child waits for the end of file on
 * descriptor 5, which comes when this process ends in whatever way, and then removes what the kernel has
 * in files and kills the whole group: without it the guest's processes would run on, some of them busy.
 */
const LEADER = `
(read -r _ <&5; rm -rf "$0"; kill -KILL -$$) >/dev/null 2>&1 3>&- 4>&- &
exec 5<&- "$@" </dev/null
`;

/** A fresh directory that the guest sees too: not below one of those on which it mounts something. */
export function visibleDirectory(): string {
  const directory = realpathSync(tmpdir());
  return mkdtempSync(join(/^\/(dev|run|proc|sys)(\/|$)/.test(directory) ? "/tmp" : directory, "uml-"));
}

/** Where a file of that size fits that stands for the guest's memory: a tmpfs, if there is one. */
function memoryDirectory(memMb: number): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const noexec = new Set(mounts.filter((line) => /\bnoexec\b/.test(line)).map((line) => line.split(" ")[1]));
  for (const directory of ["/dev/shm", tmpdir()]) {
    try {
      accessSync(directory, constants.W_OK);
      if (noexec.has(directory)) continue; // the guest's programs run from that file
      const { bavail, bsize } = statfsSync(directory);
      if (bavail * bsize >= memMb * 2 ** 20) return directory;
    } catch {
      // Not there, or not for us.
    }
  }
  throw new Error(`no ${memMb} MiB (without noexec) for the guest's memory in /dev/shm or ${tmpdir()}`);
}

/**
 * Starts the kernel as the leader of a process group, with pipes: 1 and 2 the kernel's words, 3 the
 * script's output, 4 the record of its end, 5 the line which it lives on.
 *
 * @param directory from `visibleDirectory`, for the script and what the kernel puts into files
 */
export function startProcess(directory: string, options: UmlOptions): ChildProcess {
  const memMb = options.memMb ?? DEFAULT_MEM_MB;
  const disks = (options.disks ?? []).map((disk) => (typeof disk === "string" ? { image: disk } : disk));
  if (disks.length > MAX_DISKS) throw new Error(`${disks.length} disks, the kernel has ${MAX_DISKS}`);
  for (const { image } of disks) accessSync(image); // or else the guest would boot without that disk
  const sectorBytes = disks.map((disk) => disk.sectorBytes ?? 512);
  const needsLoop = sectorBytes.some((bytes) => bytes !== 512);
  const scriptPath = join(directory, "script");
  const initPath = join(directory, "init");
  const init = initScript({
    scriptPath,
    shared: (options.shared ?? []).map((path) => resolve(path)),
    moduleFiles: moduleFiles([...(options.modules ?? DM_MODULES), ...(needsLoop ? ["loop"] : [])]),
    sectorBytes,
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
  });
  writeFileSync(scriptPath, options.script);
  writeFileSync(initPath, init, { mode: 0o755 });
  mkdirSync(join(directory, "control"));
  // Short names without commas and colons, which have a meaning on the kernel's command line.
  const links = disks.map((_, index) => join(directory, `disk${index}`));
  for (const [index, link] of links.entries()) symlinkSync(resolve(disks[index]?.image ?? ""), link);

  const kernel = [
    ...[KERNEL.taskset, "-c", String(oneCpu())],
    KERNEL.binary,
    `mem=${memMb}M`,
    ...links.map((link, index) => `ubd${index}=${link}`),
    ..."quiet con=null con0=null,fd:1 ssl0=null,fd:3 ssl1=null,fd:4".split(" "),
    `uml_dir=${join(directory, "control")}`,
    ...(options.initramfs
      ? [`initrd=${options.initramfs.image}`, ...options.initramfs.arguments.split(" ")]
      : ["rootfstype=hostfs", "rootflags=/", "ro", `init=${initPath}`]),
  ];
  return spawn("/bin/sh", ["-c", LEADER, directory, ...kernel], {
    cwd: directory, // where a core dump would go
    detached: true,
    env: { PATH: "/usr/bin:/bin", TMPDIR: memoryDirectory(memMb), ...helpForXstate(directory) },
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
  });
}
