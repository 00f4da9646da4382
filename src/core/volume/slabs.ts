/**
 * How records lie in a section of the metadata's text. A record takes a slot of its size class, 128 · 2^k
 * bytes. A slab is a page of slots of one class, or as many pages as one slot of a larger class takes.
 * Walking the records in order gives the slabs: a record opens a new slab when the one before is full or of
 * another class, and a slab passes over the pages that are listed as holes. So order and holes are all there
 * is to know.
 */
import { PAGE } from "../base/units.ts";

const SMALLEST_CLASS = 128;

/** A range of pages of a section. */
export interface Hole {
  readonly page: number;
  readonly pages: number;
}

/** Slots of one class in adjacent pages. */
export interface Slab {
  readonly slotBytes: number;
  /** Where it begins in the section. */
  readonly page: number;
  /** Which record is in its first slot. */
  readonly first: number;
  /** How many slots hold records; those come first. */
  readonly count: number;
}

/**
 * The bytes of the slot that a record of `length` bytes takes, with a comma before and a line end after it.
 */
export const slotBytesOf = (length: number): number =>
  length + 2 <= SMALLEST_CLASS ? SMALLEST_CLASS : 2 ** (32 - Math.clz32(length + 1));

export const pagesOf = (slotBytes: number): number => Math.max(1, slotBytes / PAGE);
export const slotsOf = (slotBytes: number): number => Math.max(1, PAGE / slotBytes);

/** The slabs of records with these texts, and the pages of the section up to the end of the last. */
export function slabsOf(
  texts: readonly string[],
  holes: readonly Hole[],
): { readonly slabs: readonly Slab[]; readonly pages: number } {
  const slabs: Slab[] = [];
  let next = 0;
  let hole = 0;
  for (let first = 0; first < texts.length; ) {
    const slotBytes = slotBytesOf(textAt(texts, first).length);
    const pages = pagesOf(slotBytes);
    while (hole < holes.length && (holes[hole] as Hole).page < next + pages) {
      const { page, pages: length } = holes[hole] as Hole;
      next = Math.max(next, page + length);
      hole += 1;
    }
    const full = Math.min(first + slotsOf(slotBytes), texts.length);
    let end = first + 1;
    while (end < full && slotBytesOf(textAt(texts, end).length) === slotBytes) end += 1;
    slabs.push({ slotBytes, page: next, first, count: end - first });
    next += pages;
    first = end;
  }
  return { slabs, pages: next };
}

/** True when the pages are far more than the records need: from a foreign hand, or after many removals. */
export function isWasteful(slabs: readonly Pick<Slab, "slotBytes" | "count">[], pages: number): boolean {
  let bytes = 0;
  for (const { slotBytes, count } of slabs) bytes += slotBytes * count;
  return pages > 2 * Math.ceil(bytes / PAGE) + 64;
}

/**
 * The records by class, each class in the order they have: no holes, and at most one slab of a class not
 * full.
 */
export function packed<T>(items: readonly T[], lengthOf: (item: T) => number): T[] {
  const classOf = new Map(items.map((item) => [item, slotBytesOf(lengthOf(item))]));
  return [...items].sort((a, b) => (classOf.get(a) ?? 0) - (classOf.get(b) ?? 0));
}

const textAt = (texts: readonly string[], index: number): string => texts[index] as string;
