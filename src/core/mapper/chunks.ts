import type { Bytes } from "../base/units.ts";

/** The part of a request that lies in one chunk. */
export interface ChunkPart {
  readonly chunk: number;
  /** Inside the chunk. */
  readonly inside: Bytes;
  /** Inside the request: [begin, end). */
  readonly begin: Bytes;
  readonly end: Bytes;
}

/** Splits a request at chunk boundaries. All in bytes. */
export function chunksOf(offset: Bytes, length: Bytes, chunkBytes: Bytes): ChunkPart[] {
  const parts: ChunkPart[] = [];
  for (let begin = 0; begin < length; ) {
    const inside = (offset + begin) % chunkBytes;
    const end = Math.min(length, begin + chunkBytes - inside);
    parts.push({ chunk: (offset + begin - inside) / chunkBytes, inside, begin, end });
    begin = end;
  }
  return parts;
}
