import { alignedBuffer } from "../base/aligned.ts";

/** The most that one transfer through a bounce buffer moves. */
export const BOUNCE_BYTES = 256 * 1024;
const CHUNKS_PER_SLAB = 16;

const free: Buffer[] = [];

/**
 * Lends a page-aligned buffer of BOUNCE_BYTES with undefined content. One whose transfer never ended must not be
 * given back: the kernel still holds it.
 */
export function takeBounce(): Buffer {
  if (free.length === 0) {
    const slab = alignedBuffer(BOUNCE_BYTES * CHUNKS_PER_SLAB);
    for (let at = 0; at < slab.length; at += BOUNCE_BYTES) free.push(slab.subarray(at, at + BOUNCE_BYTES));
  }
  return free.pop() ?? alignedBuffer(BOUNCE_BYTES);
}

export function giveBackBounce(chunk: Buffer): void {
  free.push(chunk);
}
