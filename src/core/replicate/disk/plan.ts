/** Plans a new generation in one region: which pages are shared, which are written where. Pure. */
import { sha256 } from "../../base/bytes.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { contentPage, type HashedContent } from "./content.ts";
import { HASH_BYTES, TABLE_FANOUT } from "./layout.ts";
import { type Entries, encodeTable, hashAt } from "./node-page.ts";
import type { RegionStep } from "./perform.ts";
import { ringOfFreePages } from "./ring.ts";
import { encodeRoot, type State } from "./root.ts";
import type { PagePointer } from "./superblock.ts";
import { keyOf, leafAt, pagesOf, type Tree } from "./tree.ts";
import { levelSizes } from "./tree-shape.ts";

export interface PlanInput {
  /** The tree whose pages may be shared; null for an empty region. */
  readonly active: Tree | null;
  /** Pages found bad: neither shared nor overwritten. */
  readonly bad: ReadonlySet<Pages>;
  /** More pages that must not be overwritten. */
  readonly keep: ReadonlySet<Pages>;
  /** After which page the ring goes on. */
  readonly newest: Pages;
  /** Of the region. */
  readonly length: Pages;
  readonly content: HashedContent;
  readonly state: State;
  /** Root of the state's parent in this region. */
  readonly parent: PagePointer | null;
}

export interface GenerationPlan {
  readonly root: PagePointer;
  /** The pages to write, in the order of the ring; adjacent ones together. No flush yet. */
  readonly writes: readonly RegionStep[];
  readonly pagesWritten: Pages;
  /** Pages of the active tree that the new one has as well. */
  readonly shared: ReadonlySet<Pages>;
}

/** The most that one write moves. */
const WRITE_PAGES: Pages = 256;

interface NewPage {
  readonly page: Pages;
  readonly bytes: Buffer;
}

/** @throws DvmError NO_SPACE when the region has too few free pages */
export function planGeneration(input: PlanInput): GenerationPlan {
  const { active, bad, keep, newest, length, content, state, parent } = input;
  const used = new Set([...(active ? pagesOf(active) : []), ...keep, ...bad]);
  const nextFree = ringOfFreePages(newest, length, used);
  const known = knownPages(active, bad);
  const shared = new Set<Pages>();
  const fresh: NewPage[] = [];

  /**
   * The page that holds these bytes: one of the active tree, one that this plan writes already, or a new one.
   */
  const place = (hash: Buffer, bytes: () => Buffer): Pages => {
    const key = keyOf(hash);
    const there = known.get(key);
    if (there !== undefined) {
      if (used.has(there)) shared.add(there);
      return there;
    }
    const page = nextFree();
    known.set(key, page);
    fresh.push({ page, bytes: bytes() });
    return page;
  };

  let entries: Entries = {
    hashes: content.hashes,
    pages: Array.from({ length: content.pages }, (_, index) =>
      place(hashAt(content.hashes, index), () => contentPage(content.bytes, index)),
    ),
  };
  const levels = levelSizes(state.contentLength).length - 1;
  for (let level = 0; level < levels; level++) entries = placeTables(level, entries, place);

  const rootBytes = encodeRoot({ state, parent, top: entries });
  const root = { page: nextFree(), hash: sha256(rootBytes) };
  fresh.push({ page: root.page, bytes: rootBytes });
  return { root, writes: coalesce(fresh), pagesWritten: fresh.length, shared };
}

/** Pages of a tree by their hash, but for the bad ones. */
function knownPages(tree: Tree | null, bad: ReadonlySet<Pages>): Map<string, Pages> {
  const known = new Map<string, Pages>();
  if (!tree) return known;
  const add = ({ page, hash }: PagePointer) => {
    if (!bad.has(page)) known.set(keyOf(hash), page);
  };
  tree.leaves.pages.forEach((_, index) => {
    add(leafAt(tree.leaves, index));
  });
  tree.nodes.forEach(add);
  return known;
}

function placeTables(
  level: number,
  entries: Entries,
  place: (hash: Buffer, bytes: () => Buffer) => Pages,
): Entries {
  const pages: Pages[] = [];
  const hashes: Buffer[] = [];
  for (let first = 0; first < entries.pages.length; first += TABLE_FANOUT) {
    const bytes = encodeTable(level, {
      pages: entries.pages.slice(first, first + TABLE_FANOUT),
      hashes: entries.hashes.subarray(first * HASH_BYTES, (first + TABLE_FANOUT) * HASH_BYTES),
    });
    const hash = sha256(bytes);
    hashes.push(hash);
    pages.push(place(hash, () => bytes));
  }
  return { pages, hashes: Buffer.concat(hashes) };
}

/** Writes for pages in ring order: one for each run of adjacent ones. */
function coalesce(fresh: readonly NewPage[]): RegionStep[] {
  const writes: RegionStep[] = [];
  for (let first = 0; first < fresh.length; ) {
    const run: NewPage[] = [];
    for (let next = fresh[first]; next && run.length < WRITE_PAGES; next = fresh[first + run.length]) {
      if (run.length > 0 && next.page !== (run[0]?.page ?? 0) + run.length) break;
      run.push(next);
    }
    const [{ page } = { page: 0 }] = run;
    writes.push({ kind: "write", offset: page * PAGE, bytes: joined(run.map(({ bytes }) => bytes)) });
    first += run.length;
  }
  return writes;
}

/** The pages as one buffer: without a copy when they lie one after the other in one, as content pages do. */
function joined(pages: readonly Buffer[]): Buffer {
  const [first] = pages;
  if (!first) return Buffer.alloc(0);
  const contiguous = pages.every(
    ({ buffer, byteOffset }, index) =>
      buffer === first.buffer && byteOffset === first.byteOffset + index * PAGE,
  );
  return contiguous ? Buffer.from(first.buffer, first.byteOffset, pages.length * PAGE) : Buffer.concat(pages);
}
