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

/**
 * Puts the records of a new generation in an order in which most stay where they were, so that a small change
 * touches few pages: new ones take the slots of removed ones of their class, else the end of the class's last
 * slab, else a slab in a hole or at the end; a slot that stays free takes the last record of its class.
 * @param previous as the text stands now
 * @param changes records that are new or other than before, by id; undefined for one that goes
 * @param lengthOf a record's length as text, in bytes; it gets the index of a record of the previous generation
 */
export function arrange<T extends Identified>(
  previous: Arrangement<T>,
  changes: ReadonlyMap<string, T | undefined>,
  lengthOf: (item: T, index?: number) => number,
): Arrangement<T> {
  const { slabs, holes, kept } = keep(previous, changes, lengthOf);
  const pending = unplaced(changes, kept, lengthOf);
  for (const slotBytes of new Set([...slabs.map((slab) => slab.slotBytes), ...pending.keys()])) {
    const own = slabs.filter((slab) => slab.slotBytes === slotBytes);
    for (const slab of fill(own, slotBytes, pending.get(slotBytes) ?? [], holes)) slabs.push(slab);
    compact(slabs.filter((slab) => slab.slotBytes === slotBytes).sort((a, b) => a.page - b.page));
  }
  const used = slabs.filter((slab) => slab.items.length > 0).sort((a, b) => a.page - b.page);
  const items = used.flatMap((slab) => slab.items) as T[];
  const between = holesBetween(used);
  const last = used.at(-1);
  const pages = last ? last.page + pagesOf(last.slotBytes) : 0;
  if (between.length > MAX_HOLES || isWasteful(used, pages))
    return { items: packed(items, lengthOf), holes: [] };
  return { items, holes: between };
}

/** A slab some of whose slots have lost their record. */
type Slots<T> = Slab<T | undefined>;

/** The slabs as they stand, without the records that go or outgrow their slot; free pages for new slabs. */
function keep<T extends Identified>(
  { items, holes }: Arrangement<T>,
  changes: ReadonlyMap<string, T | undefined>,
  lengthOf: (item: T, index?: number) => number,
): { slabs: Slots<T>[]; holes: FreePages; kept: ReadonlySet<T> } {
  const { slabs, pages } = slabsOf(items, lengthOf, holes);
  const kept = new Set<T>();
  const changed = (item: T, slotBytes: number): T | undefined => {
    const now = changes.get(item.id);
    if (!now || slotBytesOf(lengthOf(now)) !== slotBytes) return undefined;
    kept.add(now);
    return now;
  };
  const slots = slabs.map(({ slotBytes, page, items }) => ({
    slotBytes,
    page,
    items: items.map((item) => (changes.has(item.id) ? changed(item, slotBytes) : item)),
  }));
  return { slabs: slots, holes: new FreePages(holesBetween(slabs), pages), kept };
}

function unplaced<T extends Identified>(
  changes: ReadonlyMap<string, T | undefined>,
  kept: ReadonlySet<T>,
  lengthOf: (item: T, index?: number) => number,
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
function fill<T>(slabs: readonly Slots<T>[], slotBytes: number, items: T[], holes: FreePages): Slots<T>[] {
  const rest = [...items].reverse();
  const slots = slotsOf(slotBytes);
  for (const slab of slabs) {
    for (let at = 0; at < slots && rest.length > 0; at += 1) {
      if (slab.items[at] === undefined) slab.items[at] = rest.pop();
    }
  }
  const opened: Slots<T>[] = [];
  while (rest.length > 0) {
    const page = holes.take(pagesOf(slotBytes));
    opened.push({ slotBytes, page, items: rest.splice(-slots).reverse() });
  }
  return opened;
}

/**
 * Leaves the n records of a class in its first n slots: those behind move into the free slots before.
 * So only the last slab of a class is not full, and the order alone tells where each begins.
 */
function compact<T>(slabs: readonly Slots<T>[]): void {
  const first = slabs[0];
  if (!first) return;
  const slots = slotsOf(first.slotBytes);
  const count = slabs.reduce((sum, { items }) => sum + items.filter((item) => item !== undefined).length, 0);
  const moving: T[] = [];
  slabs.forEach(({ items }, index) => {
    const keepHere = Math.min(slots, Math.max(0, count - index * slots));
    for (const item of items.splice(keepHere)) if (item !== undefined) moving.push(item);
    items.length = keepHere;
  });
  for (const { items } of slabs) {
    for (let at = 0; at < items.length; at += 1) items[at] ??= moving.pop();
  }
}

function holesBetween<T>(slabs: readonly Slab<T>[]): Hole[] {
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
