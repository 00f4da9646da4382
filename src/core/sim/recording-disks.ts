import type { BlockDevice, Disks } from "../port/block.ts";

/** What reached a device, in the order in which it was asked for. */
export type Recorded =
  | { readonly kind: "write"; readonly path: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "flush"; readonly path: string };

export interface RecordingDisks extends Disks {
  /** Every write and flush so far. A write before its device's flush may be lost, torn or reordered by a crash. */
  readonly log: readonly Recorded[];
}

/** Passes everything on to other disks and keeps an ordered log of the writes and flush barriers that succeeded. */
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

const recordingDevice = (device: BlockDevice, log: Recorded[]): BlockDevice => ({
  path: device.path,
  size: device.size,
  logicalBlockSize: device.logicalBlockSize,
  read: (offset, buffer) => device.read(offset, buffer),
  async write(offset, buffer) {
    await device.write(offset, buffer);
    log.push({ kind: "write", path: device.path, offset, bytes: Buffer.from(buffer) });
  },
  async flush() {
    await device.flush();
    log.push({ kind: "flush", path: device.path });
  },
  discard: (offset, length) => device.discard(offset, length),
  close: () => device.close(),
});
