import { isAligned } from "../base/aligned.ts";
import { DvmError, errnoOf } from "../base/error.ts";
import type { BlockDevice } from "../port/block.ts";
import { BOUNCE_BYTES, giveBackBounce, takeBounce } from "./bounce.ts";
import type { Fence } from "./fence.ts";
import { closeFd, type RawIo, readFully, syncFd, type Target, writeFully } from "./raw-io.ts";

export interface OpenedFile {
  readonly io: RawIo;
  readonly fence: Fence;
  readonly path: string;
  readonly identity: string;
  readonly fd: number;
  /** Opened with O_DIRECT. */
  readonly direct: boolean;
  /** Opens it once more through the page cache, for transfers that O_DIRECT refuses. */
  readonly reopenBuffered: () => Promise<number>;
  readonly size: number;
  readonly logicalBlockSize: number;
}

type Transfer = (target: Target, offset: number, buffer: Uint8Array) => Promise<void>;

/** An open block device or image file. */
export function hostDevice(file: OpenedFile): BlockDevice {
  const { io, fence, path, identity, logicalBlockSize } = file;
  let { fd, direct } = file;
  const extra: number[] = [];

  const run = <T>(what: string, operation: () => Promise<T>): Promise<T> =>
    fence.run(identity, `${path}: ${what}`, () =>
      operation().catch((cause) => {
        if (cause instanceof DvmError) throw cause;
        throw new DvmError("IO", `${path}: ${what}: ${errnoOf(cause) ?? cause}`, { cause });
      }),
    );

  /** What hung and came back too late must not go on. */
  const proceed = () => {
    if (fence.isFenced(identity)) throw new DvmError("DEADLINE", `${path}: did not answer in time`);
  };

  /** One transfer by O_DIRECT; a file system that wants larger blocks says EINVAL and gets the page cache. */
  const move = async (transfer: Transfer, offset: number, buffer: Uint8Array): Promise<void> => {
    try {
      await transfer({ io, fd, proceed }, offset, buffer);
    } catch (error) {
      if (!direct || errnoOf(error) !== "EINVAL") throw error;
      const buffered = await file.reopenBuffered();
      // Another transfer may have met the same while this one reopened.
      if (direct) {
        direct = false;
        extra.push(fd);
        fd = buffered;
      } else extra.push(buffered);
      await transfer({ io, fd, proceed }, offset, buffer);
    }
  };

  /** In pieces through an aligned buffer when `buffer` is not aligned itself. */
  const bounced = async (transfer: Transfer, offset: number, buffer: Uint8Array): Promise<void> => {
    if (!direct || isAligned(buffer, logicalBlockSize)) return move(transfer, offset, buffer);
    for (let done = 0; done < buffer.length; done += BOUNCE_BYTES) {
      const piece = buffer.subarray(done, done + BOUNCE_BYTES);
      const chunk = takeBounce();
      // Given back only when the transfer ended: one that hangs keeps its buffer for ever.
      try {
        if (transfer === writeFully) chunk.set(piece);
        await move(transfer, offset + done, chunk.subarray(0, piece.length));
        if (transfer === readFully) piece.set(chunk.subarray(0, piece.length));
      } finally {
        giveBackBounce(chunk);
      }
    }
  };

  const transfer = (verb: string, how: Transfer) => (offset: number, buffer: Uint8Array) => {
    const end = offset + buffer.length;
    if (offset < 0 || end > file.size) {
      return Promise.reject(
        new DvmError("IO", `${path}: ${verb} of bytes ${offset} to ${end}: beyond its end at ${file.size}`),
      );
    }
    return run(`${verb} of ${buffer.length} bytes at ${offset}`, () => bounced(how, offset, buffer));
  };

  return {
    path,
    size: file.size,
    logicalBlockSize,
    read: transfer("read", readFully),
    write: transfer("write", writeFully),
    flush: () => run("flush", () => syncFd(io, fd)),
    // Only a hint, and what a discarded range reads as differs between devices: nothing here depends on it.
    discard: async () => undefined,
    close: async () => {
      // Closing may wait for I/O that is stuck: a fenced device is left to the kernel.
      for (const each of [fd, ...extra]) {
        if (!fence.isFenced(identity)) await run("close", () => closeFd(io, each));
      }
    },
  };
}
