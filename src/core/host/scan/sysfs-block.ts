import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SECTOR } from "../../base/units.ts";
import type { Holder } from "../../port/scanner.ts";

/** Where the kernel and udev show what they know; tests put other directories in their place. */
export interface Roots {
  readonly sys: string;
  readonly proc: string;
  readonly dev: string;
  /** The udev database. */
  readonly udev: string;
  /** The uuids of dm devices by minor number, when device-mapper tells them all at once. */
  readonly dmUuids?: () => ReadonlyMap<number, string> | undefined;
}

/** So many holders are looked at one by one. */
const FEW_HOLDERS = 16;

/** One block device as sysfs has it (Documentation/ABI/stable/sysfs-block of the kernel). */
export interface SysfsBlock {
  /** Kernel name, e.g. sdb1 or dm-0. */
  readonly kernelName: string;
  /** Below /dev, e.g. sdb1 or cciss/c0d0. */
  readonly node: string;
  /** "major:minor" */
  readonly dev: string;
  /** In bytes. */
  readonly size: number;
  readonly readOnly: boolean;
  readonly dmName?: string;
  readonly dmUuid?: string;
  /** What is built on it, for a partition also on its whole disk. */
  readonly holders: readonly Holder[];
  readonly partitioned: boolean;
  /** What is built on its partitions. */
  readonly overPartitions: () => readonly Holder[];
  /** What it is built on. */
  readonly below: () => readonly Holder[];
  /** Why it does not answer at the moment, in the words of its driver. */
  readonly stopped?: string;
  readonly optimalIoSize: number;
  readonly alignmentOffset: number;
}

/** Kernel names of all block devices, in the order of their numbers (sda, sdb, … sdaa). */
export function sysfsNames(roots: Roots): string[] {
  const byLengthOfNumbers = new Intl.Collator("en", { numeric: true });
  return entries(join(roots.sys, "class/block")).sort(
    (a, b) => byLengthOfNumbers.compare(a, b) || (a < b ? -1 : 1),
  );
}

/** @returns undefined when the device is gone */
export function readSysfsBlock(roots: Roots, kernelName: string): SysfsBlock | undefined {
  const directory = join(roots.sys, "class/block", kernelName);
  const text = (name: string) => read(join(directory, name));
  const dev = text("dev");
  if (dev === undefined) return undefined;
  const isPartition = text("partition") !== undefined;
  // class/block/NAME is a link into the tree of devices, where a partition stands below its disk.
  const parent = isPartition ? parentOf(directory) : undefined;
  const dmName = text("dm/name");
  const dmUuid = text("dm/uuid");
  const stopped = whyStopped(text("dm/suspended"), read(join(parent ?? directory, "device/state")));
  return {
    kernelName,
    node: /^DEVNAME=(.+)$/m.exec(text("uevent") ?? "")?.[1] ?? kernelName.replaceAll("!", "/"),
    dev,
    size: number(text("size")) * SECTOR,
    readOnly: text("ro") === "1",
    ...(dmName ? { dmName } : {}),
    ...(dmUuid ? { dmUuid } : {}),
    holders: [...holdersIn(roots, directory), ...(parent ? holdersIn(roots, parent) : [])],
    partitioned: !isPartition && entries(directory).some(isPartitionOf(directory, kernelName)),
    overPartitions: () =>
      entries(directory)
        .filter(isPartitionOf(directory, kernelName))
        .flatMap((name) => holdersIn(roots, join(directory, name))),
    below: () => neighboursIn(roots, directory, "slaves"),
    ...(stopped === undefined ? {} : { stopped }),
    optimalIoSize: number(read(join(parent ?? directory, "queue/optimal_io_size"))),
    alignmentOffset: Math.max(0, number(text("alignment_offset"))),
  };
}

/** States of SCSI disks and NVMe controllers in which requests wait, or fail, some after a long time. */
const STOPPED = new Set([
  "blocked",
  "created-blocked",
  "quiesce",
  "offline",
  "transport-offline",
  "cancel",
  "deleted",
  "connecting",
  "resetting",
  "deleting",
  "deleting (no IO)",
  "dead",
]);

export const SUSPENDED = "is suspended";

const whyStopped = (suspended: string | undefined, state: string | undefined): string | undefined => {
  if (suspended === "1") return SUSPENDED;
  return state !== undefined && STOPPED.has(state) ? `does not answer: its state is "${state}"` : undefined;
};

/** Kernel name of a device number, or undefined when no driver has it. */
export function kernelNameOf(roots: Roots, dev: string): string | undefined {
  try {
    return basename(readlinkSync(join(roots.sys, "dev/block", dev)));
  } catch {
    return undefined;
  }
}

/** The trimmed content of a small file, or undefined when it is not there. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Names in a directory; none when it is not there. */
export function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const isPartitionOf = (directory: string, kernelName: string) => (name: string) =>
  name.startsWith(kernelName) && read(join(directory, name, "partition")) !== undefined;

const holdersIn = (roots: Roots, directory: string): Holder[] => neighboursIn(roots, directory, "holders");

function neighboursIn(roots: Roots, directory: string, side: "holders" | "slaves"): Holder[] {
  const names = entries(join(directory, side));
  const known = names.length > FEW_HOLDERS ? roots.dmUuids?.() : undefined;
  return names.map((name) => {
    const minor = name.startsWith("dm-") ? Number(name.slice(3)) : -1;
    const dmUuid = known?.get(minor) ?? read(join(roots.sys, "class/block", name, "dm/uuid"));
    const dmName = () => read(join(roots.sys, "class/block", name, "dm/name"));
    return dmUuid ? { name, dmUuid, dmName } : { name };
  });
}

function parentOf(directory: string): string | undefined {
  try {
    return resolve(directory, "..", readlinkSync(directory), "..");
  } catch {
    return undefined;
  }
}

const number = (text: string | undefined): number => {
  const value = Number(text ?? "0");
  return Number.isSafeInteger(value) ? value : 0;
};
