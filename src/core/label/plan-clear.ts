import { type Bytes, roundDown, roundUp } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Found } from "./probe.ts";
import type { Step } from "./steps.ts";

/**
 * Zeroes the blocks that hold signatures and flushes. Backups at the end go before what they are backups of,
 * so that a wipe which fails half way leaves what most tools look at first.
 */
export function planClear(
  found: readonly Found[],
  { logicalBlockSize, size }: Pick<BlockDevice, "logicalBlockSize" | "size">,
): Step[] {
  const blocks = new Map<Bytes, Bytes>();
  for (const { offset, length } of found) {
    const begin = roundDown(offset, logicalBlockSize);
    const end = Math.min(roundUp(offset + length, logicalBlockSize), roundDown(size, 512));
    blocks.set(begin, Math.max(end, blocks.get(begin) ?? 0));
  }
  const steps = [...blocks]
    .sort(([a], [b]) => b - a)
    .map(([begin, end]): Step => ({ do: "write", offset: begin, bytes: Buffer.alloc(end - begin) }));
  return steps.length === 0 ? [] : [...steps, { do: "flush" }];
}
