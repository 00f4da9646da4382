/**
 * What dm-raid's metadata have to begin with where a kernel has written none. It makes them by itself only
 * when all legs have none: it refuses blank ones beside a leg that is away, or beside others that are not
 * blank ("New device injected into existing raid set").
 *
 * An array that no kernel has run and that lacks legs: those count as failed. Which of the others are right:
 *   copies   all of them hold what was written without a kernel, and nothing else is promised: they are
 *            called unequal, so that the kernel makes them equal to the first that is there.
 *   parity   as many legs as there are of data make one content, whatever they hold; what was written
 *            without a kernel has its parity, and nothing else has content. Legs beyond that number, while
 *            fewer are away than there are parities, are rebuilt from them: where nothing was written, rows
 *            may not agree.
 * A blank leg beside those of an array that has been run was away then. It is rebuilt, all of it, and not
 * called failed any more: one that was, the kernel takes back by what the bitmap of the others says of it.
 *
 * The write-intent bitmap stands at 4096 (struct bitmap_super_s of md-bitmap.h):
 *
 * | offset | size | field                                                                    |
 * |--------|------|--------------------------------------------------------------------------|
 * | 0      | 4    | magic "bitm"                                                             |
 * | 4      | 4    | version 4                                                                |
 * | 24     | 8    | events; 0, fewer than the superblock's: all regions count as written to  |
 * | 40     | 8    | sectors that it is of                                                    |
 * | 52     | 4    | bytes in a region                                                        |
 * | 56     | 4    | seconds after which a region counts as clean                             |
 * | 256    |      | a bit for each region that was being written: here none                  |
 */
import { PAGE, type Sectors, sectorsToBytes } from "../base/units.ts";
import {
  encodeRaidSuperblock,
  forgetFailed,
  RAID_SUPERBLOCK_BYTES,
  type RaidSuperblock,
} from "./raid-superblock.ts";
import type { LegEvidence } from "./readable-legs.ts";
import { mdLayout } from "./targets/raid/md-layout.ts";
import { suffices } from "./targets/raid/redundancy.ts";
import { memberLength, type Raid, redundancyOf } from "./targets/raid.ts";
import { parityDevices, raidLevel } from "./targets/raid-words.ts";
import type { TargetRange } from "./targets/target.ts";

/** In bytes from the beginning of the metadata device. */
export const BITMAP_AT = PAGE;

const BITMAP_HEAD_BYTES = 256;

/** No update of a kernel leaves so few. */
export const FIRST_EVENTS = 1n;

export interface FirstMetadata {
  /** Of the superblock that is there, or of zeroes. */
  readonly superblock: (before: Uint8Array) => Buffer;
  /** The head of the bitmap; undefined: it stays as it is. */
  readonly bitmap: Buffer | undefined;
}

/**
 * @param legs of the table, those that take no part called not present; what was read of each
 * @param raid the same legs, whose devices do not count
 * @returns for each leg what its metadata have to begin with, or undefined
 */
export function firstMetadata(
  raid: Raid,
  range: TargetRange,
  legs: readonly LegEvidence[],
): readonly (FirstMetadata | undefined)[] {
  const places = legs.map((_, leg) => leg);
  const away = places.filter((leg) => !legs[leg]?.present);
  const there = places.filter((leg) => legs[leg]?.present && !legs[leg].rebuild);
  const isBlank = (leg: number) => legs[leg]?.superblock === null;
  const hasRun = there.some((leg) => (legs[leg]?.superblock?.events ?? 0n) > FIRST_EVENTS);
  const encode = (leg: number, recovered: boolean) =>
    metadataOf(raid, range, { position: leg, recovered, failed: new Set(away) });
  const each = (isMeant: (leg: number) => boolean, make: (leg: number) => FirstMetadata) =>
    places.map((leg) => (there.includes(leg) && isMeant(leg) ? make(leg) : undefined));
  if (hasRun) {
    const blank = there.filter(isBlank);
    if (blank.length === 0) return [];
    const told = { superblock: (before: Uint8Array) => forgetFailed(before, blank), bitmap: undefined };
    return each(ALL, (leg) => (isBlank(leg) ? encode(leg, false) : told));
  }
  // Made ready without a leg that is back before a kernel ran it.
  if (away.length === 0)
    return each(
      (leg) => !isBlank(leg),
      () => BLANK,
    );
  if (!suffices(redundancyOf(raid), (leg) => there.includes(leg))) return [];
  const spare = Math.max(0, there.length - (raid.devices.length - parityDevices(raid.type)));
  const sound = isParity(raid) ? there.slice(0, there.length - spare) : there;
  return each(ALL, (leg) => encode(leg, sound.includes(leg)));
}

const ALL = () => true;

const BLANK: FirstMetadata = {
  superblock: () => Buffer.alloc(RAID_SUPERBLOCK_BYTES),
  bitmap: Buffer.alloc(BITMAP_HEAD_BYTES),
};

const isParity = ({ type }: Raid): boolean => parityDevices(type) > 0;

function metadataOf(
  raid: Raid,
  range: TargetRange,
  leg: Pick<RaidSuperblock, "position" | "recovered" | "failed">,
): FirstMetadata {
  const { type, devices, chunkSize } = raid;
  const sectors = memberLength(raid, range);
  const superblock = encodeRaidSuperblock({
    ...leg,
    devices: devices.length,
    events: FIRST_EVENTS,
    synced: isParity(raid),
    level: raidLevel(type),
    layout: mdLayout(raid),
    stripeSize: type === "raid1" ? 0 : chunkSize,
    arraySectors: range.length,
    sectors,
  });
  return {
    superblock: () => superblock,
    bitmap: bitmapHead(raid, type === "raid10" ? range.length : sectors),
  };
}

function bitmapHead({ options = {} }: Raid, length: Sectors): Buffer {
  const head = Buffer.alloc(BITMAP_HEAD_BYTES);
  head.writeUInt32LE(0x6d746962, 0);
  head.writeUInt32LE(4, 4);
  head.writeBigUInt64LE(BigInt(length), 40);
  // The table's counts, if it has one.
  head.writeUInt32LE(sectorsToBytes(options.region_size ?? 4096), 52);
  head.writeUInt32LE(5, 56);
  return head;
}
