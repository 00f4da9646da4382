/** Puts a state's content together from the regions that have it. */
import { alignedBuffer } from "../../base/aligned.ts";
import { sha256 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { inParallel } from "../../base/in-parallel.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import { hashAt } from "../disk/node-page.ts";
import type { RegionPlace } from "../disk/place.ts";
import { type PageRun, readRun, runsOf } from "../disk/region-io.ts";
import { loadTree, type Tree } from "../disk/tree.ts";
import { type Damage, fetchFromAny } from "./fetch.ts";
import { holdersAlike, type RootHolder } from "./holders.ts";
import type { RegionSet } from "./region-set.ts";

/**
 * Transfers at once: while pages are hashed the next ones come. A device that hangs may keep as many threads.
 */
const AT_ONCE = 4;

/**
 * Reads the content from the first holder, and what is bad there from the others.
 * @param report is told each page found bad
 * @throws DvmError CORRUPT when some page of it is good in no region
 */
export async function gather(
  set: RegionSet,
  holders: readonly RootHolder[],
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
      content = alignedBuffer(tree.leaves.pages.length * PAGE);
      for (let index = 0; index < tree.leaves.pages.length; index++) missing.add(index);
    }
    content = await fillFrom(set, holder.place, tree, content, missing, report);
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
  holder: RootHolder,
  holders: readonly RootHolder[],
  report: (damage: Damage) => void,
): Promise<Tree> {
  const { place, pointer } = holder;
  const others = holdersAlike(holders, holder).filter((other) => other.place !== place);
  const donors = [place, ...others.map((other) => other.place)];
  return loadTree(fetchFromAny(set, donors, report), pointer, place.length);
}

/**
 * Reads what is missing in the order of the disk, where it can be right into its place in the content.
 * @returns the content, in another place when something may still be read to this one
 */
async function fillFrom(
  set: RegionSet,
  place: RegionPlace,
  { leaves }: Tree,
  content: Buffer,
  missing: Set<number>,
  report: (damage: Damage) => void,
): Promise<Buffer> {
  // One page may stand for several.
  const indicesOf = new Map<Pages, number[]>();
  for (const index of missing) {
    const page = leaves.pages[index] ?? 0;
    const indices = indicesOf.get(page);
    if (indices) indices.push(index);
    else indicesOf.set(page, [index]);
  }
  const placeOf = ({ page, count }: PageRun): Buffer | undefined => {
    const first = indicesOf.get(page)?.[0] ?? 0;
    for (let nth = 0; nth < count; nth++) {
      const indices = indicesOf.get(page + nth);
      if (indices?.length !== 1 || indices[0] !== first + nth) return undefined;
    }
    return content.subarray(first * PAGE, (first + count) * PAGE);
  };
  const take = (page: Pages, bytes: Buffer | null) => {
    if (!bytes) return;
    const hash = sha256(bytes);
    for (const index of indicesOf.get(page) ?? []) {
      // A lying table may give one page several hashes.
      if (!hash.equals(hashAt(leaves.hashes, index))) continue;
      if (bytes.buffer !== content.buffer) bytes.copy(content, index * PAGE);
      missing.delete(index);
    }
  };
  let filled = content;
  try {
    await set.with(place, (device) =>
      inParallel(runsOf(indicesOf.keys()), AT_ONCE, (run) => readRun(device, place, run, take, placeOf(run))),
    );
  } catch (error) {
    if (!(error instanceof DvmError)) throw error;
    // A device that hangs may answer when its pages have long been read from another region.
    filled = alignedBuffer(content.length);
    content.copy(filled);
  }
  for (const [page, indices] of indicesOf)
    if (indices.some((index) => missing.has(index))) report({ place, page });
  return filled;
}
