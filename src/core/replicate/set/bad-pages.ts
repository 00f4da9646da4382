import { sha256 } from "../../base/bytes.ts";
import type { Pages } from "../../base/units.ts";
import { hashAt } from "../disk/node-page.ts";
import type { RegionPlace } from "../disk/place.ts";
import { readPages } from "../disk/region-io.ts";
import type { Tree } from "../disk/tree.ts";
import type { RegionSet } from "./region-set.ts";

/**
 * What every page of a tree must hash to, by page number. A page that a lying table gives two hashes has
 * none.
 */
export function hashesOf({ nodes, leaves }: Tree): Map<Pages, Buffer | null> {
  const hashes = new Map<Pages, Buffer | null>();
  const add = (page: Pages, hash: Buffer) => {
    const other = hashes.get(page);
    hashes.set(page, other === undefined || other?.equals(hash) ? hash : null);
  };
  for (const { page, hash } of nodes) add(page, hash);
  leaves.pages.forEach((page, index) => {
    add(page, hashAt(leaves.hashes, index));
  });
  return hashes;
}

/**
 * Reads all of a tree in one region, a few pages at a time.
 * @param hashes of hashesOf
 * @returns the pages that are not what they should be or cannot be read
 * @throws DvmError DEADLINE, NOT_FOUND when the device is gone
 */
export async function badPages(
  set: RegionSet,
  place: RegionPlace,
  hashes: ReadonlyMap<Pages, Buffer | null>,
): Promise<Set<Pages>> {
  const bad = new Set<Pages>();
  await set.with(place, (device) =>
    readPages(device, place, hashes.keys(), (page, bytes) => {
      const hash = hashes.get(page);
      if (!bytes || !hash || !sha256(bytes).equals(hash)) bad.add(page);
    }),
  );
  return bad;
}
