/** Reads the content that all regions agree on, from whichever has it whole. */

import { sha256 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { PAGE, type Pages } from "../base/units.ts";
import { type Damage, fetchFromAny, fetchHere } from "./fetch.ts";
import { findState } from "./history.ts";
import type { Place, RegionAddress } from "./place.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./region-set.ts";
import type { RegionView, Seen } from "./region-view.ts";
import { requireInSync } from "./require-state.ts";
import type { PagePointer } from "./superblock.ts";
import { leafAt, loadTree, type Tree } from "./tree.ts";

/**
 * The content, or with `txid` that of an older state that the rings have not overwritten yet.
 * Damage is warned about and worked around where another region has the page.
 * @throws DvmError OUT_OF_SYNC, NOT_FOUND (no such transaction), CORRUPT (a page is good nowhere)
 */
export const read = (
  sys: RegionSys,
  regions: readonly RegionAddress[],
  txid: number | undefined,
): Promise<Buffer> =>
  withRegionSet(
    sys,
    regions,
    { write: false, thorough: txid === undefined && regions.length <= 1 },
    async (set) => {
      const { state } = requireInSync(set);
      const warn = damageReporter(sys);
      for (const { place, problems } of set.views) for (const problem of problems) warn.text(place, problem);
      if (txid !== undefined && txid !== state.content.root.state.txid) {
        const holders = await findState(set, txid);
        return readFrom(set, holders, warn.damage);
      }
      if (state.kind === "preparing")
        sys.terminal.warn("replicate read: a transaction is prepared; this is the content from before it");
      if (state.kind === "committing")
        sys.terminal.warn("replicate read: a transaction is half committed; this is its content");
      return readFrom(set, holdersOf(set.views, state.content), warn.damage);
    },
  );

/** A region and the root in it of the state that is wanted. */
export interface Holder {
  readonly place: Place;
  readonly pointer: PagePointer;
}

/** Where a state stands: as the active root, or as a shadow of which another region says that it is committed. */
export const holdersOf = (views: readonly RegionView[], { id }: Seen): Holder[] =>
  views.flatMap(({ place, active, shadow }) => {
    const seen = active?.id === id ? active : shadow?.id === id ? shadow : null;
    return seen ? [{ place, pointer: seen.pointer }] : [];
  });

/** @throws DvmError CORRUPT when some page of it is good in no region */
export async function readFrom(
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
function treeOf(
  set: RegionSet,
  { place, pointer }: Holder,
  holders: readonly Holder[],
  report: (damage: Damage) => void,
): Promise<Tree> {
  const alike = holders.filter(
    (other) =>
      other.place !== place && other.pointer.page === pointer.page && other.pointer.hash.equals(pointer.hash),
  );
  return loadTree(
    fetchFromAny(set, [place, ...alike.map((other) => other.place)], report),
    pointer,
    place.length,
  );
}

/** How many pages are read into memory besides the content itself. */
const CHUNK_PAGES: Pages = 1024;

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

/** Tells each damaged page once. */
export function damageReporter({ terminal }: Pick<RegionSys, "terminal">) {
  const told = new Set<string>();
  const text = (place: Place, problem: string) => {
    const line = `${place.name}: ${problem}; another region is used. Verify, then sync this one`;
    if (told.has(line) || told.size > 100) return;
    told.add(line);
    terminal.warn(line);
  };
  return { text, damage: ({ place, page }: Damage) => text(place, `page ${page} fails its hash`) };
}
