import { isAligned } from "../../base/aligned.ts";
import { DvmError, errnoOf } from "../../base/error.ts";
import { PathError } from "../../base/path-error.ts";
import { roundDown, roundUp, SECTOR } from "../../base/units.ts";
import type { BlockDevice } from "../../port/block.ts";
import { BOUNCE_BYTES, giveBackBounce, takeBounce } from "./bounce.ts";
import type { Descriptors } from "./descriptors.ts";
import type { Fence } from "./fence.ts";
import {
  closeFd,
  type RawIo,
  readFully,
  syncFd,
  type TransferTarget,
  type Write,
  writeFully,
  writeFullyBy,
} from "./raw-io.ts";

export interface OpenedFile {
  readonly io: RawIo;
  readonly fence: Fence;
  readonly descriptors: Descriptors;
  readonly path: string;
  readonly identity: string;
  readonly fd: number;
  /** Opened with O_DIRECT. */
  readonly direct: boolean;
  /** A write that is durable when it calls back, where there is one that can be relied upon. */
  readonly writeThrough: Write | undefined;
  /** Closing waits for nothing, so it needs no thread. */
  readonly closesAtOnce: boolean;
  /** Opens it once more through the page cache, for transfers that O_DIRECT refuses. */
  readonly reopenBuffered: () => Promise<number>;
  readonly size: number;
  readonly logicalBlockSize: number;
}

/** What is no fault of the device, and can be helped. */
const MEANING: Readonly<Record<string, string>> = {
  ENOSPC: "no space left in the file system or pool that holds it",
  EDQUOT: "no space left in the quota of its owner",
  EFBIG: "beyond the largest file that is allowed here",
};

/** An open block device or image file. */
export function hostDevice(file: OpenedFile): BlockDevice {
  const { io, fence, descriptors, path, identity, logicalBlockSize } = file;
  const mover = new Mover(file);
  let isOpen = true;

  const run = <T>(what: string, operation: () => Promise<T>): Promise<T> =>
    fence.run(identity, `${path}: ${what}`, () =>
      operation().catch((cause) => {
        if (cause instanceof DvmError) throw cause;
        const errno = errnoOf(cause) ?? String(cause);
        const why = MEANING[errno];
        throw new PathError("IO", path, `${what}: ${why ? `${why} (${errno})` : errno}`, { cause });
      }),
    );

  const transfer = (verb: string, how: Transfer) => async (offset: number, buffer: Uint8Array) => {
    const end = offset + buffer.length;
    const what = `${verb} of ${buffer.length} bytes at ${offset}`;
    const unit = how === readFully ? SECTOR : logicalBlockSize;
    const refused = !isOpen
      ? "is closed"
      : offset < 0 || end > file.size
        ? `beyond its end at ${file.size}`
        : offset % unit !== 0 || end % unit !== 0
          ? // The page cache would take it, by reading and writing a block that is not ours alone.
            `not in whole blocks of ${unit} bytes`
          : undefined;
    if (refused !== undefined) throw new PathError("IO", path, `${what}: ${refused}`);
    return run(what, () => mover.move(how, offset, buffer));
  };

  const { writeThrough } = file;
  return {
    path,
    size: file.size,
    logicalBlockSize,
    read: transfer("read", readFully),
    write: transfer("write", writeFully),
    ...(writeThrough ? { writeThrough: transfer("write", throughBy(writeThrough, file)) } : {}),
    flush: async () => {
      if (!isOpen) throw new PathError("IO", path, "flush: is closed");
      await run("flush", () => syncFd(io, mover.fd));
    },
    // Only a hint, and what a discarded range reads as differs between devices: nothing here depends on it.
    discard: async () => undefined,
    close: async () => {
      if (!isOpen) return;
      // From now on its descriptors may be those of other devices.
      isOpen = false;
      // Closing may wait for I/O that is stuck: a fenced device is left to the kernel.
      for (const each of mover.opened) {
        if (fence.isFenced(identity)) return;
        if (file.closesAtOnce) io.closeSync(each);
        else await run("close", () => closeFd(io, each));
        descriptors.closed();
      }
    },
  };
}

type Transfer = (target: TransferTarget, offset: number, buffer: Uint8Array) => Promise<void>;

/** A driver that cannot write through says so, and gets a write and a flush. */
const throughBy =
  (write: Write, file: OpenedFile): Transfer =>
  (target, offset, buffer) =>
    writeFullyBy(write, target, offset, buffer).catch(async (error) => {
      const errno = errnoOf(error);
      // With O_DIRECT, EINVAL is about that; without it, about writing through.
      const isDirect = file.direct && target.fd === file.fd;
      if (errno !== "EOPNOTSUPP" && (isDirect || errno !== "EINVAL")) throw error;
      await writeFully(target, offset, buffer);
      target.proceed();
      await syncFd(file.io, target.fd);
    });

/** Moves bytes as the descriptor wants them: aligned and in whole blocks, or by the page cache. */
class Mover {
  readonly #file: OpenedFile;
  #direct: boolean;
  /** All descriptors that were opened; the last one that counts is `fd`. */
  readonly opened: number[];
  fd: number;

  constructor(file: OpenedFile) {
    this.#file = file;
    this.#direct = file.direct;
    this.fd = file.fd;
    this.opened = [file.fd];
  }

  /** In pieces through an aligned buffer when `buffer` is not aligned itself. */
  async move(transfer: Transfer, offset: number, buffer: Uint8Array): Promise<void> {
    const { logicalBlockSize } = this.#file;
    const isWhole = offset % logicalBlockSize === 0 && buffer.length % logicalBlockSize === 0;
    if (!this.#direct || (isWhole && isAligned(buffer, logicalBlockSize)))
      return this.#moveOnce(transfer, offset, buffer);
    for (let done = 0; done < buffer.length; ) {
      // Only a read may begin or end inside of a block: it takes the whole blocks around.
      const begin = roundDown(offset + done, logicalBlockSize);
      const end = Math.min(begin + BOUNCE_BYTES, roundUp(offset + buffer.length, logicalBlockSize));
      const skip = offset + done - begin;
      const piece = buffer.subarray(done, done + end - begin - skip);
      const chunk = takeBounce(end - begin);
      // Given back only when the transfer ended: one that hangs keeps its buffer for ever.
      try {
        if (transfer !== readFully) chunk.set(piece);
        await this.#moveOnce(transfer, begin, chunk.subarray(0, end - begin));
        if (transfer === readFully) piece.set(chunk.subarray(skip, skip + piece.length));
      } finally {
        giveBackBounce(chunk);
      }
      done += piece.length;
    }
  }

  /** One transfer by O_DIRECT; a file system that wants larger blocks says EINVAL and gets the page cache. */
  async #moveOnce(transfer: Transfer, offset: number, buffer: Uint8Array): Promise<void> {
    const [wasDirect, asked] = [this.#direct, this.fd];
    try {
      await transfer(this.#target(), offset, buffer);
    } catch (error) {
      if (!wasDirect || errnoOf(error) !== "EINVAL") throw error;
      // Another transfer may have met the same before, or while this one reopens.
      if (this.fd === asked) await this.#goBuffered(asked);
      await transfer(this.#target(), offset, buffer);
    }
  }

  async #goBuffered(asked: number): Promise<void> {
    const buffered = await this.#file.reopenBuffered();
    this.opened.push(buffered);
    if (this.fd !== asked) return;
    this.#direct = false;
    this.fd = buffered;
  }

  #target(): TransferTarget {
    const { io, fence, path, identity } = this.#file;
    return {
      io,
      fd: this.fd,
      // What hung and came back too late must not go on.
      proceed: () => {
        if (fence.isFenced(identity)) throw new PathError("DEADLINE", path, "did not answer in time");
      },
    };
  }
}
