import type { BlockDevice, Disks } from "../port/block.ts";

/** What reached a device, in the order in which it was asked for. */
export type Recorded =
  | {
      readonly kind: "write";
      readonly path: string;
      readonly offset: number;
      readonly bytes: Buffer;
      /** Durable since then; otherwise it is after the device's next flush. */
      readonly through: boolean;
    }
  | { readonly kind: "flush"; readonly path: string };

export interface RecordingDisks extends Disks {
  /**
   * Every write and flush so far. A write before its device's flush may be lost, torn or reordered by a
   * crash.
   */
  readonly log: readonly Recorded[];
}

/**
 * Passes everything on to other disks and keeps an ordered log of the writes and flush barriers that
 * succeeded.
 */
export function recordingDisks(inner: Disks): RecordingDisks {
  const log: Recorded[] = [];
  return {
    log,
    identity: (path) => inner.identity(path),
    async open(path, mode) {
      const device = await inner.open(path, mode);
      return recordingDevice(device, log);
    },
  };
}

function recordingDevice(device: BlockDevice, log: Recorded[]): BlockDevice {
  const { path, writeThrough } = device;
  const writing =
    (write: BlockDevice["write"], through: boolean): BlockDevice["write"] =>
    async (offset, buffer) => {
      await write(offset, buffer);
      log.push({ kind: "write", path, offset, bytes: Buffer.from(buffer), through });
    };
  return {
    path,
    size: device.size,
    logicalBlockSize: device.logicalBlockSize,
    read: (offset, buffer) => device.read(offset, buffer),
    write: writing((offset, buffer) => device.write(offset, buffer), false),
    ...(writeThrough && { writeThrough: writing(writeThrough, true) }),
    async flush() {
      await device.flush();
      log.push({ kind: "flush", path });
    },
    discard: (offset, length) => device.discard(offset, length),
    close: () => device.close(),
  };
}
