import { DvmError } from "../../../src/core/base/error.ts";
import type { BlockDevice, Disks, OpenMode } from "../../../src/core/port/block.ts";

/** One thing that reached a disk, in order. */
export type Event =
  | { readonly kind: "write"; readonly path: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "flush"; readonly path: string };

/** Disks in memory that can be absent or fail, and that keep a log of what reached them. */
export class MemoryDisks implements Disks {
  readonly content = new Map<string, Buffer>();
  readonly absent = new Set<string>();
  readonly failing = new Map<string, "read" | "write" | "flush">();
  readonly log: Event[] = [];
  /** How often one was opened, and how many are open now. */
  opens = 0;
  stillOpen = 0;

  add(path: string, content: Buffer): void {
    this.content.set(path, content);
  }

  /** The content of a disk that is there. */
  bytes(path: string): Buffer {
    const bytes = this.content.get(path);
    if (!bytes) throw new Error(`no disk ${path}`);
    return bytes;
  }

  async identity(path: string): Promise<string> {
    if (!this.content.has(path) || this.absent.has(path)) throw new DvmError("NOT_FOUND", `no ${path}`);
    return path;
  }

  async open(path: string, mode: OpenMode): Promise<BlockDevice> {
    await this.identity(path);
    const bytes = this.bytes(path);
    this.opens += 1;
    this.stillOpen += 1;
    const check = (what: "read" | "write", offset: number, length: number) => {
      if (offset % 512 !== 0 || length % 512 !== 0 || offset < 0 || offset + length > bytes.length)
        throw new Error(`${path}: request ${offset}+${length} is out of bounds`);
      if (what === "write" && !mode.write) throw new Error(`${path} is open for reading`);
      if (this.failing.get(path) === what) throw new DvmError("IO", `${path}: cannot ${what} at ${offset}`);
    };
    return {
      path,
      size: bytes.length,
      logicalBlockSize: 512,
      read: async (offset, buffer) => {
        check("read", offset, buffer.length);
        bytes.copy(buffer, 0, offset, offset + buffer.length);
      },
      write: async (offset, buffer) => {
        check("write", offset, buffer.length);
        bytes.set(buffer, offset);
        this.log.push({ kind: "write", path, offset, bytes: Buffer.from(buffer) });
      },
      flush: async () => {
        if (this.failing.get(path) === "flush") throw new DvmError("IO", `${path}: cannot flush`);
        this.log.push({ kind: "flush", path });
      },
      discard: async () => {},
      close: async () => {
        this.stillOpen -= 1;
      },
    };
  }
}
