import { contentOf } from "./region-world.ts";

/** The content of the n-th update: some pages, and its number at the end. */
export const numbered = (n: number): Buffer =>
  Buffer.concat([contentOf(`update ${n}`, 3 * 4096), Buffer.from(`#${n}`)]);

/**
 * @returns the number of what `numbered` made, 0 for nothing. @throws Error when it is not that, byte for
 * byte
 */
export function numberIn(bytes: Buffer): number {
  const n = Number(/#(\d+)$/.exec(bytes.subarray(-12).toString("latin1"))?.[1] ?? 0);
  if (!bytes.equals(n > 0 ? numbered(n) : Buffer.alloc(0))) throw new Error(`not what update ${n} wrote`);
  return n;
}
