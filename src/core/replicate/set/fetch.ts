import { sha256 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import type { Pages } from "../../base/units.ts";
import type { RegionPlace } from "../disk/place.ts";
import { readPages } from "../disk/region-io.ts";
import type { PagePointer } from "../disk/superblock.ts";
import type { Fetch } from "../disk/tree.ts";
import type { RegionSet } from "./region-set.ts";

/** A page that is not what its hash says, or cannot be read. */
export interface Damage {
  readonly place: RegionPlace;
  readonly page: Pages;
}

/** Wanted pages of one region: the good ones by number, and the bad ones. Empty when the device is gone. */
async function fetchHere(
  set: RegionSet,
  place: RegionPlace,
  wanted: readonly PagePointer[],
): Promise<{ good: Map<Pages, Buffer>; bad: PagePointer[] }> {
  const good = new Map<Pages, Buffer>();
  const bad: PagePointer[] = [];
  const hashes = new Map(wanted.map((pointer) => [pointer.page, pointer]));
  try {
    await set.with(place, (device) =>
      readPages(device, place, hashes.keys(), (page, bytes) => {
        const pointer = hashes.get(page);
        if (bytes && pointer && sha256(bytes).equals(pointer.hash)) good.set(page, bytes);
      }),
    );
  } catch (error) {
    if (!(error instanceof DvmError)) throw error;
  }
  for (const pointer of wanted) if (!good.get(pointer.page)) bad.push(pointer);
  return { good, bad };
}

/**
 * Fetches pages from regions that have them at the same place; what is bad in one is read from the next.
 * @param donors regions with the same root page, hash and all
 * @param report is told each page found bad
 */
export const fetchFromAny =
  (set: RegionSet, donors: readonly RegionPlace[], report: (damage: Damage) => void): Fetch =>
  async (wanted) => {
    const found = new Map<Pages, Buffer>();
    let missing = wanted;
    for (const place of donors) {
      const { good, bad } = await fetchHere(set, place, missing);
      for (const [page, bytes] of good) found.set(page, bytes);
      for (const { page } of bad) report({ place, page });
      missing = bad;
      if (missing.length === 0) return found;
    }
    const [first] = missing;
    throw new DvmError(
      "CORRUPT",
      `page ${first?.page} of ${donors.map(({ name }) => name).join(", ")} fails its hash`,
    );
  };
