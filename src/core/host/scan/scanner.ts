import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Candidate, Scanner } from "../../port/scanner.ts";
import { dmUuids } from "../dm/uuids.ts";
import { libc } from "../native.ts";
import { wantThreads } from "../process/threads.ts";
import { readAwake } from "./awake.ts";
import { mustLookAt, ofBlock } from "./candidate.ts";
import { readContext } from "./context.ts";
import { numberOf } from "./mounts.ts";
import { scanPlaces } from "./places.ts";
import { entries, kernelNameOf, type Roots, readSysfsBlock, sysfsNames } from "./sysfs-block.ts";

/** Block devices and image files as sysfs, procfs, /dev and the udev database of the machine tell of them. */
export const hostScanner: Scanner = scannerOf({
  sys: "/sys",
  proc: "/proc",
  dev: "/dev",
  udev: "/run/udev/data",
  dmUuids,
});

/**
 * A scanner over other directories. Nothing here opens a device.
 * @param deviceAt the device number that a node has
 */
export function scannerOf(roots: Roots, deviceAt: (path: string) => string | undefined = numberOf): Scanner {
  return {
    async scan(places, absent) {
      // In /dev a path waits for nothing; elsewhere there may be files on what hangs, and very many of them.
      if (places.every((place) => place.startsWith("/dev/"))) wantThreads(threadsFor(roots));
      const context = readContext(roots, deviceAt);
      if (places.length > 0) return scanPlaces(context, places, absent);
      context.requireKernelView();
      const blocks = await Promise.all(sysfsNames(roots).map((name) => readAwake(roots, name)));
      return blocks.filter((block) => block !== undefined).map((block) => ofBlock(context, block, undefined));
    },
    async look(paths) {
      const context = readContext(roots, deviceAt);
      const found: Candidate[] = [];
      for (const path of paths) found.push((await mustLookAt(context, path)).candidate);
      return found;
    },
    nodeOf(dev) {
      const name = kernelNameOf(roots, dev);
      const node = name === undefined ? undefined : readSysfsBlock(roots, name)?.node;
      return node === undefined ? undefined : join(roots.dev, node);
    },
    async rereadPartitions(path) {
      await reread(path);
      const dev = deviceAt(path);
      const name = dev === undefined ? undefined : kernelNameOf(roots, dev);
      return name === undefined || (await readAwake(roots, name))?.partitioned !== true;
    },
  };
}

/** Of dm devices, so many that have a thread each: those that are looked at, or removed at the same time. */
const DM_DEVICES = 32;

function threadsFor(roots: Roots): number {
  const names = entries(join(roots.sys, "class/block"));
  const dm = names.filter((name) => name.startsWith("dm-")).length;
  return names.length - dm + Math.min(dm, DM_DEVICES);
}

const BLKRRPART = 0x125f;

/** What comes of it sysfs tells: the call fails for one that cannot have partitions too. */
async function reread(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!file) return;
  try {
    const ioctl = libc().declare("int ioctl(int, unsigned long, uint64_t)");
    await new Promise<void>((resolve) => ioctl.async(file.fd, BLKRRPART, 0, () => resolve()));
  } finally {
    await file.close();
  }
}
