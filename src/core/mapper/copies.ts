import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { allSettled } from "./all-settled.ts";
import type { Layer, MappedTarget } from "./layer.ts";
import { WriteOrder } from "./write-order.ts";

/** One copy of the same data. */
export interface MappedCopy {
  /** Its place in the table, for messages. */
  readonly index: number;
  readonly below: Layer;
  /** Where it begins on the device, in bytes. */
  readonly start: number;
}

/**
 * Several copies as one target: a write goes to all, a read to the first that may be read and answers.
 * Reading stays with one copy as long as that answers, so that what was read once is read again.
 * @param copies all that are there
 * @param readable those that may be read, best first; at least one
 */
export function copies(
  { copies, readable }: { readonly copies: readonly MappedCopy[]; readonly readable: readonly MappedCopy[] },
  warn: (message: string) => void,
  where: string,
): MappedTarget {
  const order = new WriteOrder();
  let current = 0;

  const read = async (offset: number, buffer: Uint8Array): Promise<void> => {
    const first = current;
    for (let tried = 0; ; tried += 1) {
      const at = (first + tried) % readable.length;
      const copy = defined(readable[at], "a readable copy");
      try {
        await copy.below.read(copy.start + offset, buffer);
        current = at;
        return;
      } catch (thrown) {
        if (tried + 1 === readable.length || toDvmError(thrown).code === "BUG") throw thrown;
        warn(
          `${where}: copy ${copy.index} cannot be read, going on with another: ${toDvmError(thrown).message}`,
        );
      }
    }
  };
  const toAll = (what: string, act: (copy: MappedCopy) => Promise<void>) =>
    allSettled(
      copies.map((copy) =>
        act(copy).catch((cause) => {
          const { code, message, details } = toDvmError(cause);
          if (code === "BUG") throw cause;
          throw new DvmError(
            code,
            `${where}: ${what} copy ${copy.index} failed, so that copies may differ: ${message}`,
            {
              cause,
              details,
            },
          );
        }),
      ),
    );

  return {
    complete: copies.every(({ below }) => below.complete),
    logicalBlockSize: Math.max(...copies.map(({ below }) => below.logicalBlockSize)),
    read,
    write: (offset, buffer) =>
      order.run(offset, buffer.length, async () => {
        await toAll("writing", ({ below, start }) => below.write(start + offset, buffer));
      }),
    discard: (offset, length) =>
      order.run(offset, length, async () => {
        await toAll("discarding on", ({ below, start }) => below.discard(start + offset, length));
      }),
  };
}
