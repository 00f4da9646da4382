/** What one region looks like: its superblock and the states that it names. */
import { DvmError } from "../../base/error.ts";
import { PAGE, SECTOR } from "../../base/units.ts";
import type { BlockDevice } from "../../port/block.ts";
import type { RegionPlace } from "../disk/place.ts";
import { readHashed } from "../disk/region-io.ts";
import { decodeRoot, type Root, stateHash } from "../disk/root.ts";
import { decodeSuperblock, type PagePointer, type Superblock } from "../disk/superblock.ts";

/** A root that a superblock names, and what is known of it. */
export interface Seen {
  readonly pointer: PagePointer;
  readonly root: Root;
  /** stateHash in hex: what equality is judged by. */
  readonly id: string;
}

export interface RegionView {
  readonly place: RegionPlace;
  /** The device's logical block size. */
  readonly blockSize: number;
  /** Why its device can be read but not written. */
  readonly readOnly: string | null;
  /** Null when there is none or it cannot be used. */
  readonly superblock: Superblock | null;
  readonly active: Seen | null;
  /** Null too when the superblock names a shadow whose root is lost. */
  readonly shadow: Seen | null;
  /** Why it cannot be used; null for an unformatted region too. */
  readonly failure: DvmError | null;
  /** Damage that could be worked around. */
  readonly problems: readonly string[];
}

/** Roots met so far, by keyOfRoot: equal pages need not be read and decoded again. */
export interface KnownRoots {
  readonly seen: Map<string, Seen>;
  /** Those that a region is being asked for; resolves when it has answered, whatever it did. */
  readonly asked: Map<string, Promise<void>>;
}

export interface Looked {
  readonly superblock: Superblock | null;
  readonly blockSize: number;
  /** Roots that fail their hash here. */
  readonly lost: readonly PagePointer[];
  /** Why the superblock cannot be used, of a device that answers. */
  readonly failure: DvmError | null;
}

/**
 * Reads a region's superblock and its roots.
 * @param thorough read the roots here even when another region has shown what they are
 * @throws DvmError BAD_REGION (outside the device), DEADLINE
 */
export async function lookAt(
  device: BlockDevice,
  place: RegionPlace,
  known: KnownRoots,
  thorough: boolean,
): Promise<Looked> {
  checkInside(device, place);
  const blockSize = device.logicalBlockSize;
  const superblock = await readSuperblock(device, place).catch((error) => {
    if (error instanceof DvmError && ["CORRUPT", "UNSUPPORTED", "IO"].includes(error.code)) return error;
    throw error;
  });
  if (superblock instanceof DvmError) return { superblock: null, blockSize, lost: [], failure: superblock };
  if (!superblock) return { superblock, blockSize, lost: [], failure: null };
  const lost: PagePointer[] = [];
  for (const pointer of [superblock.active, superblock.shadow]) {
    if (!pointer) continue;
    const key = keyOfRoot(pointer, place);
    // Once only: many bad regions must not wait for one another in turn.
    const other = thorough || known.seen.has(key) ? undefined : known.asked.get(key);
    if (other) await other;
    if (!thorough && known.seen.has(key)) continue;
    if (!(await learn(device, place, known, pointer))) lost.push(pointer);
  }
  return { superblock, blockSize, lost, failure: null };
}

/** @returns false when the page is not there */
async function learn(
  device: BlockDevice,
  place: RegionPlace,
  known: KnownRoots,
  pointer: PagePointer,
): Promise<boolean> {
  const key = keyOfRoot(pointer, place);
  const reading = readHashed(device, place, pointer.page, pointer.hash).then((bytes) => {
    if (bytes) remember(known, pointer, bytes, place);
    return bytes !== null;
  });
  if (!known.asked.has(key))
    known.asked.set(
      key,
      reading.then(
        () => undefined,
        () => undefined,
      ),
    );
  return reading;
}

/** @throws DvmError CORRUPT, UNSUPPORTED, IO, DEADLINE */
async function readSuperblock(device: BlockDevice, place: RegionPlace): Promise<Superblock | null> {
  const block = Buffer.allocUnsafeSlow(device.logicalBlockSize);
  await device.read(place.offset, block);
  const superblock = decodeSuperblock(block);
  if (superblock && superblock.length !== place.length) {
    throw new DvmError(
      "UNSUPPORTED",
      `was formatted with ${superblock.length * 8} sectors, the region file says ${place.length * 8}`,
    );
  }
  return superblock;
}

/** Equal root pages mean the same, but whether they point inside depends on the region's length. */
export const keyOfRoot = ({ page, hash }: PagePointer, { length }: RegionPlace): string =>
  `${length}:${page}:${hash.toString("latin1")}`;

function remember(known: KnownRoots, pointer: PagePointer, bytes: Buffer, place: RegionPlace): void {
  const key = keyOfRoot(pointer, place);
  if (known.seen.has(key)) return;
  const root = decodeRoot(bytes, place.length);
  known.seen.set(key, { pointer, root, id: stateHash(root.state).toString("hex") });
}

function checkInside(device: BlockDevice, place: RegionPlace): void {
  const end = place.offset + place.length * PAGE;
  if (end > device.size) {
    throw new DvmError(
      "BAD_REGION",
      `ends at sector ${end / SECTOR}, its device at ${Math.floor(device.size / SECTOR)}`,
    );
  }
  if (place.offset % device.logicalBlockSize !== 0 || device.logicalBlockSize > PAGE)
    throw new DvmError("BAD_REGION", `does not fit blocks of ${device.logicalBlockSize} bytes`);
}

/** Puts together what was read; roots that are lost here but known from elsewhere are worked around. */
export function viewOf(
  place: RegionPlace,
  looked: Looked | DvmError,
  known: KnownRoots,
  readOnly: string | null,
): RegionView {
  const blank = { place, blockSize: SECTOR, readOnly, superblock: null, active: null, shadow: null };
  if (looked instanceof DvmError) return { ...blank, failure: looked, problems: [] };
  const { superblock, blockSize, lost } = looked;
  if (!superblock) return { ...blank, blockSize, failure: looked.failure, problems: [] };
  const find = (pointer: PagePointer | null) =>
    (pointer && known.seen.get(keyOfRoot(pointer, place))) ?? null;
  const active = find(superblock.active);
  const failure = active
    ? null
    : new DvmError("CORRUPT", `active root at page ${superblock.active.page} fails its hash`);
  return {
    place,
    blockSize,
    readOnly,
    superblock,
    active,
    shadow: find(superblock.shadow),
    failure,
    problems: lost.map(({ page }) => `root at page ${page} fails its hash`),
  };
}
