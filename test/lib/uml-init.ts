import { dirname } from "node:path";
import { KERNEL } from "./kernel.ts";

export interface InitOptions {
  /** Path of the script to run, in POSIX shell. */
  scriptPath: string;
  /** Directories of the host to be writable under their own paths. */
  shared: readonly string[];
  /** Module files in loading order. */
  moduleFiles: readonly string[];
  /** For each disk the size of its sectors in bytes. */
  sectorBytes: readonly number[];
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** Quotes a string so that a POSIX shell takes it as one word. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The init of a guest, as text. It runs the script with its output on the first serial line, and tells
 * how that ended on the second one: `status N`, after everything is on the disks, or `setup WHAT` when it
 * did not get as far as the script. No word there means that the kernel did not live to the end.
 */
export function initScript(options: InitOptions): string {
  const disks = options.sectorBytes.map((_, index) => `/dev/ubd${String.fromCharCode(97 + index)}`);
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: "/run/home",
    TMPDIR: "/run/tmp",
    LC_ALL: "C",
    DM_DISABLE_UDEV: "1", // no udevd here: dmsetup and lvm have to make their nodes
    ...options.env,
  };
  return [
    // Not busybox sh: as long as /proc is the host's, /proc/self/exe, through which that shell
    // starts its own commands, is the kernel's executable.
    "#!/bin/sh",
    `bb=${KERNEL.busybox}`,
    'end() { echo "$*" >/dev/ttyS1; $bb poweroff -n -f; }',
    'must() { "$@" || end "setup $*"; }',
    "must $bb mount -t proc proc /proc",
    "must $bb mount -t sysfs sysfs /sys",
    // By default it starts a process for each event, which costs more than what the event is about.
    "echo >/sys/kernel/uevent_helper",
    "must $bb mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    "must $bb mount -t tmpfs tmpfs /run",
    "must $bb mkdir /run/home /run/tmp /run/lock /dev/shm",
    "must $bb mount -t tmpfs tmpfs /dev/shm",
    "must $bb stty raw -echo </dev/ttyS0",
    "must $bb stty raw -echo </dev/ttyS1",
    "exec </dev/null >/dev/ttyS0 2>&1",
    ...options.moduleFiles.map((file) => `must $bb insmod ${shellQuote(file)}`),
    ...options.shared.map(
      (path) => `must $bb mount -t hostfs -o ${shellQuote(path)} hostfs ${shellQuote(path)}`,
    ),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${shellQuote(value)}`),
    ...disks.map((disk, index) => diskSetup(disk, index, options.sectorBytes[index] ?? 512)),
    `must cd ${shellQuote(options.cwd)}`,
    `/bin/sh ${shellQuote(options.scriptPath)}`,
    "status=$?",
    "$bb sync",
    'end "status $status"',
    "",
  ].join("\n");
}

/** A disk of the kernel always has sectors of 512 bytes; a loop device over it can have larger ones. */
function diskSetup(disk: string, index: number, sectorBytes: number): string {
  if (sectorBytes === 512) return `export DISK${index}=${disk}`;
  return [
    `export DISK${index}=/dev/loop${index}`,
    `must losetup --sector-size ${sectorBytes} --direct-io=on $DISK${index} ${disk}`,
  ].join("\n");
}
