import { type Bytes, roundDown, roundUp } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Found } from "./probe.ts";
import type { Stretch } from "./saved.ts";
import type { LabelStep } from "./steps.ts";

/**
 * The blocks that hold signatures, the last one first: backups at the end go before what they are backups of,
 * so that a wipe which fails half way leaves what most tools look at first.
 */
export function stretchesOf(
  found: readonly Found[],
  { logicalBlockSize, size }: Pick<BlockDevice, "logicalBlockSize" | "size">,
): Stretch[] {
  const blocks = new Map<Bytes, Bytes>();
  for (const { offset, length } of found) {
    const begin = roundDown(offset, logicalBlockSize);
    const end = Math.min(roundUp(offset + length, logicalBlockSize), roundDown(size, 512));
    blocks.set(begin, Math.max(end, blocks.get(begin) ?? 0));
  }
  return [...blocks]
    .sort(([a], [b]) => b - a)
    .map(([begin, end]) => ({ offset: begin, length: end - begin }));
}

/** Zeroes stretches and flushes. */
export const planClear = (stretches: readonly Stretch[]): LabelStep[] =>
  stretches.length === 0
    ? []
    : [
        ...stretches.map(
          ({ offset, length }): LabelStep => ({ do: "write", offset, bytes: Buffer.alloc(length) }),
        ),
        { do: "flush" },
      ];
