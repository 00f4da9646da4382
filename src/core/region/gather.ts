/** Puts a state's content together from the regions that have it. */
import { sha256 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { PAGE, type Pages } from "../base/units.ts";
import { type Damage, fetchFromAny, fetchHere } from "./fetch.ts";
import { type Holder, holdersAlike } from "./holders.ts";
import type { Place } from "./place.ts";
import type { RegionSet } from "./region-set.ts";
import { leafAt, loadTree, type Tree } from "./tree.ts";

/** How many pages are read into memory besides the content itself. */
const CHUNK_PAGES: Pages = 1024;

/**
 * Reads the content from the first holder, and what is bad there from the others.
 * @param report is told each page found bad
 * @throws DvmError CORRUPT when some page of it is good in no region
 */
export async function gather(
  set: RegionSet,
  holders: readonly Holder[],
  report: (damage: Damage) => void,
): Promise<Buffer> {
  const missing = new Set<number>();
  let content: Buffer | undefined;
  let lastError: unknown;
  for (const holder of holders) {
    const tree = await treeOf(set, holder, holders, report).catch((error) => {
      lastError = error;
      return undefined;
    });
    if (!tree) continue;
    if (!content) {
      content = Buffer.alloc(tree.leaves.pages.length * PAGE);
      for (let index = 0; index < tree.leaves.pages.length; index++) missing.add(index);
    }
    await fillFrom(set, holder.place, tree, content, missing, report);
    if (missing.size === 0) return content.subarray(0, tree.root.state.contentLength);
  }
  const [page] = missing;
  const why =
    page === undefined
      ? String(lastError instanceof Error ? lastError.message : "no region has it")
      : `page ${page} of the content is good in no region`;
  throw new DvmError("CORRUPT", why, { cause: lastError });
}

/** Regions written alike have the same root page, so each can lend the others its tables. */
export function treeOf(
  set: RegionSet,
  holder: Holder,
  holders: readonly Holder[],
  report: (damage: Damage) => void,
): Promise<Tree> {
  const { place, pointer } = holder;
  const others = holdersAlike(holders, holder).filter((other) => other.place !== place);
  const donors = [place, ...others.map((other) => other.place)];
  return loadTree(fetchFromAny(set, donors, report), pointer, place.length);
}

async function fillFrom(
  set: RegionSet,
  place: Place,
  { leaves }: Tree,
  content: Buffer,
  missing: Set<number>,
  report: (damage: Damage) => void,
): Promise<void> {
  const wanted = [...missing];
  for (let first = 0; first < wanted.length; first += CHUNK_PAGES) {
    const indices = wanted.slice(first, first + CHUNK_PAGES);
    const { good, bad } = await fetchHere(
      set,
      place,
      indices.map((index) => leafAt(leaves, index)),
    );
    for (const { page } of bad) report({ place, page });
    for (const index of indices) {
      const { page, hash } = leafAt(leaves, index);
      const bytes = good.get(page);
      // One page may stand for several; a lying table may give it several hashes.
      if (!bytes || !sha256(bytes).equals(hash)) continue;
      bytes.copy(content, index * PAGE);
      missing.delete(index);
    }
  }
}
