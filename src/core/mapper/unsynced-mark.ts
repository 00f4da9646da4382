import { alignedBuffer } from "../base/aligned.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { markUnsynced, RAID_SUPERBLOCK_BYTES, type RaidSuperblock } from "../dm/raid-superblock.ts";
import type { Layer, Stack } from "./layer.ts";

export interface MarkedLeg {
  readonly meta: Layer;
  readonly superblock: RaidSuperblock;
}

/**
 * Keeps superblocks truthful while the legs of an array are written by others than a kernel: from before the
 * first write they say that the legs may differ, and when the device is closed, all writes having reached
 * every leg, what they said before. Whoever is killed in between, or meets an error, leaves it to the kernel
 * to make the legs equal.
 * @param legs those with a superblock. Without any no kernel has run the array, and the first that does makes
 *   them equal.
 * @returns runs one write
 */
export function unsyncedMark(
  legs: readonly MarkedLeg[],
  stack: Pick<Stack, "flush" | "atEnd">,
  where: string,
): (write: () => Promise<void>) => Promise<void> {
  const [events = 0n] = legs.map(({ superblock }) => superblock.events).sort((a, b) => (a < b ? 1 : -1));
  // Legs that are not said to be equal already will not be so by what is written now.
  const isSynced = legs.every(({ superblock }) => superblock.events < events || superblock.synced);
  if (legs.length === 0 || !isSynced) return (write) => write();
  let marked: Promise<readonly Buffer[]> | undefined;
  let isWhole = true;

  stack.atEnd(async () => {
    const before = await marked?.catch(() => undefined);
    if (!before || !isWhole) return;
    await stack.flush();
    await writeAll(legs, before);
    await stack.flush();
  });
  return async (write) => {
    marked ??= mark(legs, stack).catch((thrown: unknown) => {
      const { code, message } = toDvmError(thrown);
      throw new DvmError(code, `${where}: raid metadata cannot be written, so nothing is: ${message}`, {
        cause: thrown,
      });
    });
    await marked;
    try {
      await write();
    } catch (thrown) {
      isWhole = false;
      throw thrown;
    }
  };
}

/** @returns the blocks that hold the superblocks, as they were */
async function mark(legs: readonly MarkedLeg[], stack: Pick<Stack, "flush">): Promise<readonly Buffer[]> {
  const before: Buffer[] = [];
  for (const { meta } of legs) {
    const block = blockOf(meta);
    await meta.read(0, block);
    before.push(block);
  }
  const marked = legs.map(({ meta }, index) => {
    const block = blockOf(meta);
    markUnsynced(before[index] ?? block).copy(block);
    return block;
  });
  await writeAll(legs, marked);
  await stack.flush();
  return before;
}

async function writeAll(legs: readonly MarkedLeg[], blocks: readonly Buffer[]): Promise<void> {
  for (const [index, block] of blocks.entries()) await legs[index]?.meta.write(0, block);
}

const blockOf = ({ logicalBlockSize }: Layer): Buffer => {
  const size = Math.max(RAID_SUPERBLOCK_BYTES, logicalBlockSize);
  return alignedBuffer(size).subarray(0, size);
};
