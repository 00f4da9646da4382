/** Reading pages of one region. */
import { sha256 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { PAGE, type Pages } from "../../base/units.ts";
import type { BlockDevice } from "../../port/block.ts";
import type { RegionPlace } from "./place.ts";

/** The most that one read moves, so that memory stays bounded however long a run of pages is. */
const RUN_PAGES: Pages = 64;

/** Adjacent pages that are moved by one transfer. */
export interface PageRun {
  readonly page: Pages;
  readonly count: Pages;
}

/** Ascending runs that cover `pages`; each page once. */
export function runsOf(pages: Iterable<Pages>): PageRun[] {
  const runs: { page: Pages; count: Pages }[] = [];
  for (const page of [...new Set(pages)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last.page + last.count === page && last.count < RUN_PAGES) last.count += 1;
    else runs.push({ page, count: 1 });
  }
  return runs;
}

/**
 * Reads pages in as few transfers as adjacency allows and hands each over, in ascending order.
 * @param give gets null for a page that cannot be read
 * @throws DvmError DEADLINE when the device does not answer
 */
export async function readPages(
  device: BlockDevice,
  place: RegionPlace,
  pages: Iterable<Pages>,
  give: (page: Pages, bytes: Buffer | null) => void,
): Promise<void> {
  for (const run of runsOf(pages)) await readRun(device, place, run, give);
}

/**
 * Reads one run. A transfer that fails is repeated page by page: one bad sector must not hide its neighbours.
 * @param give as readPages
 * @param into where it is read to; when that fails its pages are given from elsewhere
 * @throws DvmError DEADLINE when the device does not answer; it may still read to `into` then
 */
export async function readRun(
  device: BlockDevice,
  place: RegionPlace,
  { page: first, count }: PageRun,
  give: (page: Pages, bytes: Buffer | null) => void,
  into: Buffer = Buffer.allocUnsafeSlow(count * PAGE),
): Promise<void> {
  if (await tryRead(device, place, first, into)) {
    for (let index = 0; index < count; index++)
      give(first + index, into.subarray(index * PAGE, (index + 1) * PAGE));
  } else if (count === 1) {
    give(first, null);
  } else {
    for (let page = first; page < first + count; page++) {
      const one = Buffer.allocUnsafeSlow(PAGE);
      give(page, (await tryRead(device, place, page, one)) ? one : null);
    }
  }
}

/** One page that has the hash, or null. @throws DvmError DEADLINE */
export async function readHashed(
  device: BlockDevice,
  place: RegionPlace,
  page: Pages,
  hash: Buffer,
): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafeSlow(PAGE);
  return (await tryRead(device, place, page, bytes)) && sha256(bytes).equals(hash) ? bytes : null;
}

async function tryRead(
  device: BlockDevice,
  place: RegionPlace,
  page: Pages,
  buffer: Buffer,
): Promise<boolean> {
  try {
    await device.read(place.offset + page * PAGE, buffer);
    return true;
  } catch (error) {
    if (error instanceof DvmError && error.code === "IO") return false;
    throw error;
  }
}
