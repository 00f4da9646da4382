import { PathError } from "../base/path-error.ts";
import { SECTOR } from "../base/units.ts";
import type { BlockDevice, Disks } from "../port/block.ts";

/** Disks by name in memory. What is written is there at once, flushed or not. */
export interface MemoryDisks extends Disks {
  /** Makes a zeroed disk, or puts one with these bytes in its place. @returns its bytes, live */
  create(path: string, content: number | Uint8Array, options?: MemoryDiskOptions): Buffer;
  /** The live bytes. @throws DvmError NOT_FOUND */
  bytes(path: string): Buffer;
  /** The disk is gone; what has it open gets IO errors. */
  remove(path: string): void;
  /** A second path to the same disk. */
  alias(path: string, target: string): void;
}

export interface MemoryDiskOptions {
  /** Default 512. */
  readonly logicalBlockSize?: number;
  readonly readOnly?: boolean;
  /** It takes writes that are durable by themselves. */
  readonly through?: boolean;
}

interface Disk {
  readonly id: number;
  readonly bytes: Buffer;
  readonly logicalBlockSize: number;
  readonly readOnly: boolean;
  readonly through: boolean;
}

export function memoryDisks(): MemoryDisks {
  const disks = new Map<string, Disk>();
  let nextId = 1;
  const find = (path: string): Disk => {
    const disk = disks.get(path);
    if (!disk) throw new PathError("NOT_FOUND", path, "no such device or file");
    return disk;
  };
  return {
    create(path, content, { logicalBlockSize = SECTOR, readOnly = false, through = false } = {}) {
      const bytes = typeof content === "number" ? Buffer.alloc(content) : Buffer.from(content);
      disks.set(path, { id: nextId++, bytes, logicalBlockSize, readOnly, through });
      return bytes;
    },
    bytes: (path) => find(path).bytes,
    remove: (path) => void disks.delete(path),
    alias: (path, target) => void disks.set(path, find(target)),
    identity: async (path) => `memory:${find(path).id}`,
    async open(path, { write, through = false }) {
      const disk = find(path);
      if (write && disk.readOnly) throw new PathError("READ_ONLY", path, "is read-only");
      if (disk.bytes.length === 0) throw new PathError("BAD_INPUT", path, "is empty");
      return memoryDevice(
        path,
        { ...disk, through: disk.through && write && through },
        write,
        () => disks.get(path) === disk,
      );
    },
  };
}

function memoryDevice(path: string, disk: Disk, writable: boolean, isThere: () => boolean): BlockDevice {
  const { bytes, logicalBlockSize } = disk;
  let open = true;
  const check = (verb: string, offset: number, length: number) => {
    const fail = (why: string) =>
      new PathError("IO", path, `${verb} of ${length} bytes at ${offset}: ${why}`);
    if (!open) throw fail("is closed");
    if (!isThere()) throw fail("ENXIO");
    if (offset < 0 || offset + length > bytes.length) throw fail(`beyond its end at ${bytes.length}`);
    const unit = verb === "read" ? SECTOR : logicalBlockSize;
    if (offset % unit !== 0 || length % unit !== 0) throw fail(`not in whole blocks of ${unit} bytes`);
    if (verb !== "read" && !writable) throw fail("EBADF");
  };
  const write = async (offset: number, buffer: Uint8Array) => {
    check("write", offset, buffer.length);
    bytes.set(buffer, offset);
  };
  return {
    path,
    size: bytes.length,
    logicalBlockSize,
    async read(offset, buffer) {
      check("read", offset, buffer.length);
      buffer.set(bytes.subarray(offset, offset + buffer.length));
    },
    write,
    ...(disk.through && { writeThrough: write }),
    flush: async () => check("flush", 0, 0),
    discard: async (offset, length) => check("discard", offset, length),
    close: async () => {
      open = false;
    },
  };
}
