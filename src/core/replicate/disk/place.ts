/** Where regions are: the region file, checked against the devices. */
import { DvmError } from "../../base/error.ts";
import { inParallel } from "../../base/in-parallel.ts";
import { isAbout } from "../../base/path-error.ts";
import { PAGE, type Pages, SECTORS_PER_PAGE, sectorsToBytes } from "../../base/units.ts";
import type { Disks } from "../../port/block.ts";
import { MIN_PAGES } from "./layout.ts";

/** One region of a region file. */
export interface RegionPlace {
  /** In the region file, from 0. */
  readonly index: number;
  readonly path: string;
  /** In bytes. */
  readonly offset: number;
  readonly length: Pages;
  /** For messages. */
  readonly name: string;
}

export interface RegionAddress {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** @throws DvmError BAD_REGION for a region that is not made of whole pages or has too few */
export function placesOf(regions: readonly RegionAddress[]): RegionPlace[] {
  return regions.map(({ path, offset, length }, index) => {
    const name = `region ${index} (${path} at ${offset})`;
    const refuse = (why: string) => new DvmError("BAD_REGION", `${name}: ${why}`, { details: { index } });
    if (offset % SECTORS_PER_PAGE !== 0 || length % SECTORS_PER_PAGE !== 0)
      throw refuse(`offset and length must be multiples of ${SECTORS_PER_PAGE} sectors`);
    if (length < MIN_PAGES * SECTORS_PER_PAGE)
      throw refuse(`${length} sectors are too few: at least ${MIN_PAGES * SECTORS_PER_PAGE}`);
    if (!Number.isSafeInteger(sectorsToBytes(offset + length))) throw refuse("ends beyond any device");
    return { index, path, offset: sectorsToBytes(offset), length: length / SECTORS_PER_PAGE, name };
  });
}

/**
 * Regions may not share a sector, whatever paths their device is reached by. A device that is not there
 * cannot overlap with another; what is wrong with it is told when it is opened.
 * @throws DvmError BAD_REGION naming both regions
 */
export async function checkOverlaps(
  disks: Disks,
  places: readonly RegionPlace[],
  inFlight: number,
): Promise<void> {
  const identities = new Map<string, string>();
  await inParallel([...new Set(places.map(({ path }) => path))], inFlight, async (path) => {
    identities.set(path, await disks.identity(path).catch(() => `path:${path}`));
  });
  const byDevice = new Map<string | undefined, RegionPlace[]>();
  for (const place of places) {
    const device = identities.get(place.path);
    byDevice.set(device, [...(byDevice.get(device) ?? []), place]);
  }
  for (const regions of byDevice.values()) {
    const sorted = regions.toSorted((a, b) => a.offset - b.offset);
    sorted.forEach((region, index) => {
      const before = sorted[index - 1];
      if (before && before.offset + before.length * PAGE > region.offset) {
        throw new DvmError("BAD_REGION", `${before.name} and ${region.name} overlap`, {
          details: { regions: [before.index, region.index] },
        });
      }
    });
  }
}

/**
 * The regions of two region files, those of both once.
 * @returns all: `regions` in their order, then what `from` has besides; sources: which of all are in `from`
 * @throws DvmError BAD_REGION when the files disagree on the length of one
 */
export async function sameRegions(
  disks: Disks,
  regions: readonly RegionAddress[],
  from: readonly RegionAddress[],
): Promise<{ readonly all: readonly RegionAddress[]; readonly sources: ReadonlySet<number> }> {
  const all = [...regions];
  const sources = new Set<number>();
  const indices = new Map<string, number>();
  const keyOf = async ({ path, offset }: RegionAddress) =>
    `${offset} ${await disks.identity(path).catch(() => `path:${path}`)}`;
  for (const [index, region] of regions.entries()) indices.set(await keyOf(region), index);
  for (const region of from) {
    const key = await keyOf(region);
    const index = indices.get(key) ?? all.push(region) - 1;
    const { path, length } = all[index] as RegionAddress;
    if (length !== region.length)
      throw new DvmError(
        "BAD_REGION",
        `${path} at ${region.offset}: the region files disagree on its length`,
      );
    indices.set(key, index);
    sources.add(index);
  }
  return { all, sources };
}

/** A failure in a region, which says what device that is on. */
export const failureIn = ({ name, path }: RegionPlace, failure: DvmError, code = failure.code): DvmError =>
  new DvmError(code, isAbout(failure, path) ? failure.message : `${name}: ${failure.message}`, {
    cause: failure,
  });
