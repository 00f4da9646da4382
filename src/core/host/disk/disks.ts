import { nodeCrypto } from "../../base/node-crypto.ts";
import type { Disks } from "../../port/block.ts";
import { threadCount } from "../process/threads.ts";
import { touchLittle } from "../process/v8-engine.ts";
import { makeDescriptors } from "./descriptors.ts";
import { diskFailure } from "./disk-failure.ts";
import { makeFence } from "./fence.ts";
import { type DiskHost, identityOf, openDisk } from "./open-disk.ts";
import { type RawIo, rawIo, statPath } from "./raw-io.ts";
import { makeMayWriteThrough } from "./write-through.ts";

/**
 * Block devices and image files of this machine.
 * @param deadlineMs how long one operation may take; a device that takes longer is fenced for ever
 * @param io the system calls, for tests
 * @param mayWriteThrough whether a write may be relied upon that asks to be durable, for tests
 */
export function hostDisks({
  deadlineMs,
  io = rawIo,
  mayWriteThrough = makeMayWriteThrough(),
}: {
  deadlineMs: number;
  io?: RawIo;
  mayWriteThrough?: () => boolean;
}): Disks {
  const fence = makeFence({ deadlineMs, stuckLimit: () => Math.max(1, threadCount() - 1) });
  const host = {
    io,
    fence,
    descriptors: makeDescriptors(deadlineMs),
    mayWriteThrough,
    fileSystems: new Map(),
    localDirectories: new Set<string>(),
  };
  /** Who asks for an identity will open the device next: once it need not be asked again. */
  const asked = new Map<string, string>();
  /** What paths led to that are open: who has opened a device means that one. */
  const opened = new Map<string, string>();
  return {
    open: async (path, mode) => {
      const known = asked.get(path) ?? (mayBeDevice(path) ? await identify(host, path) : undefined);
      asked.delete(path);
      const opening = openDisk(host, path, mode, known);
      warmUp();
      const { device, identity } = await opening;
      opened.set(path, identity);
      const close = async () => {
        opened.delete(path);
        await device.close();
      };
      return { ...device, close };
    },
    identity: async (path) => {
      const open = opened.get(path);
      if (open !== undefined) return open;
      const identity = await identify(host, path);
      asked.set(path, identity);
      return identity;
    },
  };
}

let isWarm = false;

/** Done while the first device is being opened. Hashes are wanted for all that is read. */
function warmUp(): void {
  if (isWarm) return;
  isWarm = true;
  nodeCrypto();
  touchLittle(10);
}

/**
 * Anything else is opened without a look before: image files are, and what is no device cannot be suspended.
 */
const mayBeDevice = (path: string): boolean => path.startsWith("/dev/");

async function identify({ io, fence }: DiskHost, path: string): Promise<string> {
  try {
    const stats = await fence.run(path, `${path}: stat`, () => statPath(io, path));
    return identityOf(stats);
  } catch (cause) {
    throw diskFailure(path, cause);
  }
}
