import { alignedBuffer } from "../../base/aligned.ts";

/** The most that one transfer through a bounce buffer moves. */
export const BOUNCE_BYTES = 256 * 1024;
/**
 * Most transfers are of a block or a few pages: to take much memory for each would wake the garbage
 * collector.
 */
const SMALL_BYTES = 16 * 1024;
/** How many are made at once. */
const SMALL_CHUNKS = 64;
const LARGE_CHUNKS = 16;

const free = new Map<number, Buffer[]>([
  [SMALL_BYTES, []],
  [BOUNCE_BYTES, []],
]);

/**
 * Lends a page-aligned buffer with undefined content, of `bytes` at least, or BOUNCE_BYTES when that is less.
 * One whose transfer never ended must not be given back: the kernel still holds it.
 */
export function takeBounce(bytes: number): Buffer {
  const isSmall = bytes <= SMALL_BYTES;
  const size = isSmall ? SMALL_BYTES : BOUNCE_BYTES;
  const chunks = free.get(size) ?? [];
  if (chunks.length === 0) {
    const slab = alignedBuffer(size * (isSmall ? SMALL_CHUNKS : LARGE_CHUNKS));
    for (let at = 0; at < slab.length; at += size) chunks.push(slab.subarray(at, at + size));
  }
  return chunks.pop() ?? alignedBuffer(size);
}

export function giveBackBounce(chunk: Buffer): void {
  free.get(chunk.length)?.push(chunk);
}
