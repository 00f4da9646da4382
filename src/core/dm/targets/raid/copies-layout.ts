/**
 * Where raid0 and raid10 have the copies of a chunk: __raid10_find_phys and setup_geo of Linux's
 * drivers/md/raid10.c, with the layouts that dm-raid makes of its words (raid10_format_to_md_layout of
 * dm-raid.c).
 */
export interface CopiesLayout {
  readonly legs: number;
  /** 1: raid0. */
  readonly copies: number;
  /** near: side by side in one row. far: in another part of each leg. offset: in the next row. */
  readonly format: "near" | "far" | "offset";
  /** Chunks that each leg has. */
  readonly rows: number;
}

export interface ChunkPlace {
  readonly leg: number;
  /** In chunks from the beginning of the leg. */
  readonly row: number;
}

/** The places of a chunk of the content, the first copy first. */
export function placesOfChunk({ legs, copies, format, rows }: CopiesLayout, chunk: number): ChunkPlace[] {
  if (format === "near")
    return Array.from({ length: copies }, (_, copy) => {
      const at = chunk * copies + copy;
      return { leg: at % legs, row: Math.floor(at / legs) };
    });
  const [leg, row] = [chunk % legs, Math.floor(chunk / legs)];
  const sets = farSets(legs, copies);
  const first = format === "offset" ? row * copies : row;
  const stride = format === "offset" ? 1 : Math.floor(rows / copies);
  return Array.from({ length: copies }, (_, copy) => ({ leg: sets(leg, copy), row: first + copy * stride }));
}

/**
 * Further copies stay within a set of legs, and go round in it; what does not fill a set belongs to the last
 * one.
 */
function farSets(legs: number, copies: number): (leg: number, copy: number) => number {
  const size = Math.floor(legs / copies);
  const lastStart = (Math.floor(legs / size) - 1) * size;
  const lastSize = size + (legs % size);
  const next = (leg: number): number => {
    const start = Math.floor(leg / size) * size;
    if (legs % size !== 0 && leg + 1 > lastStart) return ((leg + 1 - lastStart) % lastSize) + lastStart;
    return ((leg + 1) % size) + start;
  };
  return (leg, copy) => {
    let at = leg;
    for (let step = 0; step < copy; step += 1) at = next(at);
    return at;
  };
}
