/**
 * How records lie in a section of the metadata's text. A record takes a slot of its size class, 128 · 2^k
 * bytes. A slab is a page of slots of one class, or as many pages as one slot of a larger class takes. Walking
 * the records in order gives the slabs: a record opens a new slab when the one before is full or of another
 * class, and a slab passes over the pages that are listed as holes. So order and holes are all there is to know.
 */
import { PAGE } from "../base/units.ts";

const SMALLEST_CLASS = 128;

/** A range of pages of a section. */
export interface Hole {
  readonly page: number;
  readonly pages: number;
}

/** Slots of one class in adjacent pages. */
export interface Slab<T> {
  readonly slotBytes: number;
  /** Where it begins in the section. */
  page: number;
  /** The records in its first slots. */
  readonly items: T[];
}

/** The bytes of the slot that a record of `length` bytes takes, with a comma before and a line end after it. */
export function slotBytesOf(length: number): number {
  let size = SMALLEST_CLASS;
  while (size < length + 2) size *= 2;
  return size;
}

export const pagesOf = (slotBytes: number): number => Math.max(1, slotBytes / PAGE);
export const slotsOf = (slotBytes: number): number => Math.max(1, PAGE / slotBytes);

/** The slabs of records in this order, and the pages of the section up to the end of the last. */
export function slabsOf<T>(
  items: readonly T[],
  lengthOf: (item: T) => number,
  holes: readonly Hole[],
): { readonly slabs: Slab<T>[]; readonly pages: number } {
  const slabs: Slab<T>[] = [];
  let open: Slab<T> | undefined;
  let next = 0;
  let hole = 0;
  for (const item of items) {
    const slotBytes = slotBytesOf(lengthOf(item));
    if (!open || open.slotBytes !== slotBytes || open.items.length === slotsOf(slotBytes)) {
      const pages = pagesOf(slotBytes);
      for (let at = holes[hole]; at !== undefined && at.page < next + pages; at = holes[hole]) {
        next = Math.max(next, at.page + at.pages);
        hole += 1;
      }
      open = { slotBytes, page: next, items: [] };
      slabs.push(open);
      next += pages;
    }
    open.items.push(item);
  }
  return { slabs, pages: next };
}

/** True when the pages are far more than the records need: from a foreign hand, or after many removals. */
export function isWasteful<T>(items: readonly T[], lengthOf: (item: T) => number, pages: number): boolean {
  const bytes = items.reduce((sum, item) => sum + slotBytesOf(lengthOf(item)), 0);
  return pages > 2 * Math.ceil(bytes / PAGE) + 64;
}

/** The records by class, each class in the order they have: no holes, and at most one slab of a class not full. */
export function packed<T>(items: readonly T[], lengthOf: (item: T) => number): T[] {
  const classOf = new Map(items.map((item) => [item, slotBytesOf(lengthOf(item))]));
  return [...items].sort((a, b) => (classOf.get(a) ?? 0) - (classOf.get(b) ?? 0));
}
