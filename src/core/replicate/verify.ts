/**
 * Reads every page that a region's superblock reaches, in every region, and says which are not what they
 * should be.
 */
import type { ReplicateVerify } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Pages } from "../base/units.ts";
import type { RegionAddress, RegionPlace } from "./disk/place.ts";
import { badPages, hashesOf } from "./set/bad-pages.ts";
import { eachRegion } from "./set/each-region.ts";
import { listOf, outOfSync } from "./set/explain.ts";
import { treeOf } from "./set/gather.ts";
import type { RootHolder } from "./set/holders.ts";
import { type RegionSet, type RegionSys, withRegionSet } from "./set/region-set.ts";
import { keyOfRoot, type RegionView } from "./set/region-view.ts";

/** What was found in one region. */
interface Found {
  readonly bad: Set<Pages>;
  checked: Pages;
  error: DvmError | null;
}

/** The documents name no more bad pages of one region; their number is always whole. */
const NAMED_PAGES = 1000;

/**
 * @throws DvmError CORRUPT when anything that was read fails its check, else OUT_OF_SYNC; both with the
 *   document
 */
export const verify = (sys: RegionSys, regions: readonly RegionAddress[]): Promise<ReplicateVerify> =>
  withRegionSet(sys, regions, { write: false, thorough: true }, async (set) => {
    const found = set.views.map(({ failure }): Found => ({ bad: new Set(), checked: 0, error: failure }));
    for (const holders of holdersByRoot(set.views)) await verifyTree(set, holders, found);
    const result: ReplicateVerify = {
      state: set.state.kind,
      regions: set.views.map(({ place }, index) => describeFound(place, defined(found[index], "a region"))),
    };
    const damaged = result.regions.filter(({ damaged }) => damaged);
    if (damaged.length > 0) {
      const which = listOf(damaged.map(({ index }) => index));
      const message = `damage in region ${which}: sync from regions that have none`;
      throw new DvmError("CORRUPT", message, {
        output: result,
        details: { regions: damaged.map(({ index }) => index) },
      });
    }
    if (!("content" in set.state)) {
      const { message, details } = outOfSync(set.views, set.state);
      throw new DvmError("OUT_OF_SYNC", message, { output: result, details });
    }
    return result;
  });

/** Every root that some superblock names, with all regions that have it at the same place. */
function holdersByRoot(views: readonly RegionView[]): RootHolder[][] {
  const roots = new Map<string, RootHolder[]>();
  for (const { place, superblock } of views) {
    for (const pointer of [superblock?.active, superblock?.shadow]) {
      if (!pointer) continue;
      const key = keyOfRoot(pointer, place);
      roots.set(key, [...(roots.get(key) ?? []), { place, pointer }]);
    }
  }
  return [...roots.values()];
}

async function verifyTree(
  set: RegionSet,
  holders: readonly RootHolder[],
  found: readonly Found[],
): Promise<void> {
  const [first] = holders as [RootHolder];
  const foundIn = ({ index }: RegionPlace) => defined(found[index], "a region");
  const report = ({ place, page }: { place: RegionPlace; page: Pages }) => void foundIn(place).bad.add(page);
  let hashes: ReturnType<typeof hashesOf>;
  try {
    hashes = hashesOf(await treeOf(set, first, holders, report));
  } catch (error) {
    // No region has this tree whole: what is bad has been reported, what hangs below cannot be known.
    for (const { place } of holders) foundIn(place).error ??= toDvmError(error);
    return;
  }
  const failures = await eachRegion(set, holders, { verb: "verify" }, async ({ place }) => {
    const region = foundIn(place);
    for (const page of await badPages(set, place, hashes)) region.bad.add(page);
    region.checked += hashes.size;
  });
  for (const { place, error } of failures) foundIn(place).error ??= error;
}

function describeFound(
  { index, path }: RegionPlace,
  { bad, checked, error }: Found,
): ReplicateVerify["regions"][number] {
  const pages = [...bad].sort((a, b) => a - b);
  return {
    index,
    path,
    damaged: pages.length > 0 || error?.code === "CORRUPT",
    pagesChecked: checked,
    badPages: pages.length,
    pages: pages.slice(0, NAMED_PAGES),
    error: error && { code: error.code, message: error.message },
  };
}
