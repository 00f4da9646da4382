import { DvmError } from "../../base/error.ts";
import type { BlockDevice, Disks } from "../../port/block.ts";

/** Devices kept open while regions of them are worked on, however few files may be open at once. */
export interface DevicePool {
  /**
   * Runs `use` with the device open. It stays open for the next use until another needs its descriptor.
   * Must not be nested: whoever holds one device and waits for another could wait for ever.
   * @throws DvmError as Disks.open does
   */
  with<T>(path: string, use: (device: BlockDevice) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Slot {
  readonly device: BlockDevice;
  users: number;
}

/** @param write open for writing */
export function devicePool(disks: Disks, write: boolean): DevicePool {
  const opened = new Map<string, Slot>();
  const opening = new Map<string, Promise<Slot>>();
  let waiting: (() => void)[] = [];

  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };

  const closeIdle = async (): Promise<boolean> => {
    const idle = [...opened].find(([, { users }]) => users === 0);
    if (!idle) return false;
    opened.delete(idle[0]);
    await closeQuietly(idle[1].device);
    return true;
  };

  const open = async (path: string): Promise<Slot> => {
    for (;;) {
      try {
        const slot = { device: await disks.open(path, { write, through: write }), users: 0 };
        opened.set(path, slot);
        return slot;
      } catch (error) {
        if (!isOutOfFiles(error)) throw error;
        if (await closeIdle()) continue;
        // All are in use: wait for one to be given back, unless it is not us who uses them.
        if (opened.size === 0) throw error;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    }
  };

  const take = async (path: string): Promise<Slot> => {
    const pending = opening.get(path) ?? open(path).finally(() => opening.delete(path));
    opening.set(path, pending);
    return pending;
  };

  return {
    async with(path, use) {
      let slot = opened.get(path);
      // What was opened may have been closed again for others before this one came to use it.
      while (!slot || opened.get(path) !== slot) slot = await take(path);
      slot.users += 1;
      try {
        return await use(slot.device);
      } finally {
        slot.users -= 1;
        if (waiting.length > 0) wake();
      }
    },
    async close() {
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map(({ device }) => closeQuietly(device)));
    },
  };
}

/** Everything that must last was flushed before: what close says changes nothing. */
const closeQuietly = (device: BlockDevice): Promise<void> => device.close().catch(() => undefined);

const isOutOfFiles = (error: unknown): boolean =>
  error instanceof DvmError && (error.details["errno"] === "EMFILE" || error.details["errno"] === "ENFILE");
