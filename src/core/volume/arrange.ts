import type { Overlay } from "../base/overlay.ts";
import { type Hole, isWasteful, packed, pagesOf, type Slab, slabsOf, slotBytesOf, slotsOf } from "./slabs.ts";

/** More holes than this are not worth remembering. */
const MAX_HOLES = 64;

/** The records of a section of the text, in order, and the pages that hold none. */
export interface Arrangement<T> {
  readonly items: readonly T[];
  readonly holes: readonly Hole[];
}

interface Identified {
  readonly id: string;
}

/** A generation as it stands in the text. */
export interface Previous<T> extends Arrangement<T> {
  /** The text of each record. */
  readonly texts: readonly string[];
}

/** Records that are new or other than before, by id, and undefined for one that goes; which those replace. */
type Changes<T> = Pick<Overlay<T>, "changes" | "gone">;

/**
 * Puts the records of a new generation in an order in which most stay where they were, so that a small change
 * touches few pages: new ones take the slots of removed ones of their class, else the end of the class's last
 * slab, else a slab in a hole or at the end; a slot that stays free takes the last record of its class.
 * @param lengthOf a record's length as text, in bytes
 */
export function arrange<T extends Identified>(
  previous: Previous<T>,
  changes: Changes<T>,
  lengthOf: (item: T) => number,
): Arrangement<T> {
  const { slabs, holes, kept } = keep(previous, changes, lengthOf);
  const pending = unplaced(changes, kept, lengthOf);
  for (const slotBytes of new Set([...slabs.map((slab) => slab.slotBytes), ...pending.keys()])) {
    const own = slabs.filter((slab) => slab.slotBytes === slotBytes);
    for (const slab of fill(own, slotBytes, pending.get(slotBytes) ?? [], holes)) slabs.push(slab);
    compact(slabs.filter((slab) => slab.slotBytes === slotBytes).sort((a, b) => a.page - b.page));
  }
  const used = slabs.filter(({ count }) => count > 0).sort((a, b) => a.page - b.page);
  const items = used.flatMap((slab) => slab.items) as T[];
  const between = holesBetween(used);
  const last = used.at(-1);
  const pages = last ? last.page + pagesOf(last.slotBytes) : 0;
  if (between.length > MAX_HOLES || isWasteful(used, pages))
    return { items: packed(items, lengthOf), holes: [] };
  return { items, holes: between };
}

/** A slab under change: some of its slots have lost their record. */
interface Slots<T> {
  readonly slotBytes: number;
  readonly page: number;
  readonly items: (T | undefined)[];
  /** How many slots hold a record. Of thousands of slabs most stay as they are, and are not looked into. */
  count: number;
}

/** The slabs as they stand, without the records that go or outgrow their slot; free pages for new slabs. */
function keep<T extends Identified>(
  { items, texts, holes }: Previous<T>,
  { changes, gone }: Changes<T>,
  lengthOf: (item: T) => number,
): { slabs: Slots<T>[]; holes: FreePages; kept: ReadonlySet<T> } {
  const { slabs, pages } = slabsOf(texts, holes);
  const kept = new Set<T>();
  const changed = (item: T, slotBytes: number): T | undefined => {
    const next = changes.get(item.id);
    if (!next || slotBytesOf(lengthOf(next)) !== slotBytes) return undefined;
    kept.add(next);
    return next;
  };
  const slots = slabs.map(({ slotBytes, page, first, count }): Slots<T> => {
    const own = items.slice(first, first + count);
    if (gone.size === 0 || !own.some((item) => gone.has(item))) return { slotBytes, page, items: own, count };
    const left = own.map((item) => (gone.has(item) ? changed(item, slotBytes) : item));
    return { slotBytes, page, items: left, count: left.filter((item) => item !== undefined).length };
  });
  return { slabs: slots, holes: new FreePages(holesBetween(slabs), pages), kept };
}

function unplaced<T extends Identified>(
  { changes }: Changes<T>,
  kept: ReadonlySet<T>,
  lengthOf: (item: T) => number,
): Map<number, T[]> {
  const pending = new Map<number, T[]>();
  for (const item of changes.values()) {
    if (item === undefined || kept.has(item)) continue;
    const slotBytes = slotBytesOf(lengthOf(item));
    const own = pending.get(slotBytes);
    if (own) own.push(item);
    else pending.set(slotBytes, [item]);
  }
  return pending;
}

/** Puts the items into free slots. @returns the slabs that had to be opened for the rest */
function fill<T>(own: readonly Slots<T>[], slotBytes: number, items: T[], holes: FreePages): Slots<T>[] {
  const rest = [...items].reverse();
  const slots = slotsOf(slotBytes);
  for (const slab of own) {
    for (let at = 0; slab.count < slots && rest.length > 0; at += 1) {
      if (slab.items[at] !== undefined) continue;
      slab.items[at] = rest.pop();
      slab.count += 1;
    }
  }
  const opened: Slots<T>[] = [];
  while (rest.length > 0) {
    const page = holes.take(pagesOf(slotBytes));
    const taken = rest.splice(-slots).reverse();
    opened.push({ slotBytes, page, items: taken, count: taken.length });
  }
  return opened;
}

/**
 * Leaves the n records of a class in its first n slots: those behind move into the free slots before.
 * So only the last slab of a class is not full, and the order alone tells where each begins.
 */
function compact<T>(own: readonly Slots<T>[]): void {
  const [first] = own;
  if (!first) return;
  const slots = slotsOf(first.slotBytes);
  const total = own.reduce((sum, { count }) => sum + count, 0);
  const moving: T[] = [];
  const mended: Slots<T>[] = [];
  for (const [index, slab] of own.entries()) {
    const keepHere = Math.min(slots, Math.max(0, total - index * slots));
    if (slab.count === keepHere && slab.items.length === keepHere) continue;
    for (const item of slab.items.splice(keepHere)) if (item !== undefined) moving.push(item);
    slab.items.length = keepHere;
    slab.count = keepHere;
    mended.push(slab);
  }
  for (const { items, count } of mended) {
    for (let at = 0; at < count; at += 1) items[at] ??= moving.pop();
  }
}

function holesBetween(slabs: readonly Pick<Slab, "page" | "slotBytes">[]): Hole[] {
  const holes: Hole[] = [];
  let next = 0;
  for (const { page, slotBytes } of slabs) {
    if (page > next) holes.push({ page: next, pages: page - next });
    next = page + pagesOf(slotBytes);
  }
  return holes;
}

/** Pages that a new slab may take: the first hole that is large enough, else the end. */
class FreePages {
  readonly #holes: { page: number; pages: number }[];
  #end: number;

  constructor(holes: readonly Hole[], end: number) {
    this.#holes = holes.map((hole) => ({ ...hole }));
    this.#end = end;
  }

  take(pages: number): number {
    const hole = this.#holes.find((each) => each.pages >= pages);
    if (hole) {
      const { page } = hole;
      hole.page += pages;
      hole.pages -= pages;
      return page;
    }
    this.#end += pages;
    return this.#end - pages;
  }
}
