import { asBuffer, sha256 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { HASH_BYTES, TABLE_FANOUT } from "./layout.ts";
import { decodeTable, type Entries, hashAt } from "./node-page.ts";
import { decodeRoot, type Root } from "./root.ts";
import type { PagePointer } from "./superblock.ts";
import { levelSizes } from "./tree-shape.ts";

/** A page of the hash tree above the content, as it stands in a region. */
export interface TreePage extends PagePointer {
  readonly bytes: Buffer;
}

/** The whole tree of one state in one region: every page but the content itself. */
export interface Tree {
  readonly pointer: PagePointer;
  readonly root: Root;
  /** Root and tables. */
  readonly nodes: readonly TreePage[];
  /** Content pages in order. */
  readonly leaves: Entries;
}

/**
 * Gets pages that have their hashes, from wherever they can be had.
 * @returns by page number; every wanted page is there
 * @throws DvmError CORRUPT
 */
export type Fetch = (wanted: readonly PagePointer[]) => Promise<ReadonlyMap<Pages, Buffer>>;

/**
 * Loads a tree from its root down, level by level. Its size follows from the content length, which is bounded
 * by the region's, and levels only go down: no tree is too large and none has a cycle.
 * @param length of the region in pages
 * @throws DvmError CORRUPT
 */
export async function loadTree(fetch: Fetch, pointer: PagePointer, length: Pages): Promise<Tree> {
  const rootBytes = pageOf(await fetch([pointer]), pointer.page);
  const root = decodeRoot(rootBytes, length);
  const nodes: TreePage[] = [{ ...pointer, bytes: rootBytes }];
  const sizes = levelSizes(root.state.contentLength);
  let entries = root.top;
  for (let level = sizes.length - 2; level >= 0; level--) {
    const below = sizes[level] ?? 0;
    const pointers = entries.pages.map((page, index) => ({ page, hash: hashAt(entries.hashes, index) }));
    const fetched = await fetch(pointers);
    const tables = pointers.map((table, index) => {
      const bytes = pageOf(fetched, table.page);
      nodes.push({ ...table, bytes });
      return decodeTable(bytes, { level, count: countAt(index, below) }, length);
    });
    entries = {
      pages: tables.flatMap(({ pages }) => pages),
      hashes: Buffer.concat(tables.map(({ hashes }) => hashes)),
    };
  }
  if (!sha256(entries.hashes).equals(root.state.contentDigest))
    throw new DvmError(
      "CORRUPT",
      `the tree under page ${pointer.page} is not of the content that its root names`,
    );
  return { pointer, root, nodes, leaves: entries };
}

/** Every page that the tree holds. */
export const pagesOf = (tree: Tree): Set<Pages> =>
  new Set([...tree.nodes.map(({ page }) => page), ...tree.leaves.pages]);

/** How many of `total` entries the table at `index` has: all full but the last. */
const countAt = (index: number, total: number): number =>
  Math.min(TABLE_FANOUT, total - index * TABLE_FANOUT);

/** Content pages as pointers. */
export const leafAt = ({ pages, hashes }: Entries, index: number): PagePointer => ({
  page: pages[index] ?? 0,
  hash: hashAt(hashes, index),
});

function pageOf(pages: ReadonlyMap<Pages, Buffer>, page: Pages): Buffer {
  const bytes = pages.get(page);
  if (bytes?.length !== PAGE) throw new DvmError("CORRUPT", `page ${page} is not there`);
  return asBuffer(bytes);
}

/** A hash as a key of a Map. */
export const keyOf = (hash: Buffer): string => hash.toString("latin1", 0, HASH_BYTES);
