/**
 * The superblock that dm-raid keeps at the start of each metadata device (struct dm_raid_superblock of the
 * kernel's dm-raid.c). Integers are little-endian. The kernel writes it; here it is read, marked while a leg
 * is written without a kernel, and made for an array that no kernel has run and that lacks a leg.
 *
 * | offset | size | field                                                     |
 * |--------|------|-----------------------------------------------------------|
 * | 0      | 4    | magic "DmRd"                                              |
 * | 4      | 4    | compatible features; bit 0: the fields from 60 on are set |
 * | 8      | 4    | number of devices                                         |
 * | 12     | 4    | position of this device in the array                      |
 * | 16     | 8    | events: grows with every update of the superblocks        |
 * | 24     | 8    | failed devices, a bit for each position below 64          |
 * | 32     | 8    | recovery offset of this device; all ones: recovered       |
 * | 40     | 8    | resynchronisation offset of the array; all ones: done     |
 * | 48     | 4    | level                                                     |
 * | 52     | 4    | layout, as md numbers those of a level                    |
 * | 56     | 4    | sectors in a chunk; 0 for raid1                           |
 * | 64     | 8    | how far a reshape has come; all ones: there is none       |
 * | 72     | 12   | level, layout and chunk after that                        |
 * | 88     | 8    | sectors of the array                                      |
 * | 96     | 8    | data offset in sectors (feature bit 0)                    |
 * | 112    | 8    | sectors of data on this device                            |
 * | 120    | 24   | failed devices from position 64 on (feature bit 0)        |
 */
import { asBuffer, isZero } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";

/** As much as the kernel reads at least. */
export const RAID_SUPERBLOCK_BYTES = 512;

const MAGIC = 0x64526d44;
const HAS_EXTENSION = 1;
const DONE = 2n ** 64n - 1n;

export interface RaidSuperblock {
  readonly position: number;
  readonly events: bigint;
  /** Positions that had failed when it was written. */
  readonly failed: ReadonlySet<number>;
  /** This device has all data of the array. */
  readonly recovered: boolean;
  /** The array's copies have been made equal once. */
  readonly synced: boolean;
  readonly level: number;
  /** Sectors in a chunk. */
  readonly stripeSize: number;
  /** Where data begins on the image device, in sectors. */
  readonly dataOffset: bigint;
}

/**
 * @param bytes the first 512 bytes of a metadata device
 * @returns null when they are all zero: no kernel has run the array with this device
 * @throws DvmError CORRUPT when they are anything else
 */
export function decodeRaidSuperblock(bytes: Uint8Array, where: string): RaidSuperblock | null {
  const buffer = asBuffer(bytes);
  if (isZero(buffer.subarray(0, RAID_SUPERBLOCK_BYTES))) return null;
  if (buffer.readUInt32LE(0) !== MAGIC)
    throw new DvmError("CORRUPT", `${where}: holds something that is no dm-raid superblock`);
  const extended = (buffer.readUInt32LE(4) & HAS_EXTENSION) !== 0;
  return {
    position: buffer.readUInt32LE(12),
    events: buffer.readBigUInt64LE(16),
    failed: failedDevices(buffer, extended),
    recovered: buffer.readBigUInt64LE(32) === DONE,
    synced: buffer.readBigUInt64LE(40) === DONE,
    level: buffer.readUInt32LE(48),
    stripeSize: buffer.readUInt32LE(56),
    dataOffset: extended ? buffer.readBigUInt64LE(96) : 0n,
  };
}

function failedDevices(buffer: Buffer, extended: boolean): Set<number> {
  const failed = new Set<number>();
  for (const [word, at] of [24, ...(extended ? [120, 128, 136] : [])].entries()) {
    const bits = buffer.readBigUInt64LE(at);
    for (let bit = 0; bit < 64; bit += 1) if ((bits >> BigInt(bit)) & 1n) failed.add(word * 64 + bit);
  }
  return failed;
}

/** What one says that is made here, besides what raid-metadata.ts takes from the array's table. */
export interface NewSuperblock extends Omit<RaidSuperblock, "dataOffset"> {
  readonly devices: number;
  readonly layout: number;
  readonly arraySectors: number;
  readonly sectors: number;
}

export function encodeRaidSuperblock(superblock: NewSuperblock): Buffer {
  const { level, layout, stripeSize, failed } = superblock;
  const bytes = Buffer.alloc(RAID_SUPERBLOCK_BYTES);
  for (const [index, field] of [MAGIC, HAS_EXTENSION, superblock.devices, superblock.position].entries())
    bytes.writeUInt32LE(field, 4 * index);
  bytes.writeBigUInt64LE(superblock.events, 16);
  for (const leg of failed) {
    const { at, bit } = failedAt(leg);
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) | bit, at);
  }
  bytes.writeBigUInt64LE(superblock.recovered ? DONE : 0n, 32);
  bytes.writeBigUInt64LE(superblock.synced ? DONE : 0n, 40);
  for (const at of [48, 72])
    for (const [index, field] of [level, layout, stripeSize].entries())
      bytes.writeUInt32LE(field, at + 4 * index);
  bytes.writeBigUInt64LE(DONE, 64);
  bytes.writeBigUInt64LE(BigInt(superblock.arraySectors), 88);
  bytes.writeBigUInt64LE(BigInt(superblock.sectors), 112);
  return bytes;
}

/**
 * Makes a superblock say that the array's copies may differ, so that the kernel makes all of them equal to
 * the first when it runs the array next. The resynchronisation offset alone would not do: the kernel skips
 * what its bitmap (at 4096) calls clean, unless that has seen fewer events than the superblocks
 * (md-bitmap.c).
 * @param bytes a superblock
 * @returns a copy, marked
 */
export function markUnsynced(bytes: Uint8Array): Buffer {
  const marked = Buffer.from(bytes);
  marked.writeBigUInt64LE(marked.readBigUInt64LE(16) + 1n, 16);
  marked.writeBigUInt64LE(0n, 40);
  return marked;
}

/** Where a device is called failed. */
const failedAt = (position: number) => ({
  at: position < 64 ? 24 : 120 + 8 * (Math.floor(position / 64) - 1),
  bit: 1n << BigInt(position % 64),
});

/** A copy that does not call these positions failed. */
export function forgetFailed(bytes: Uint8Array, positions: readonly number[]): Buffer {
  const without = Buffer.from(bytes);
  for (const position of positions) {
    const { at, bit } = failedAt(position);
    without.writeBigUInt64LE(without.readBigUInt64LE(at) & ~bit, at);
  }
  return without;
}

/** What a kernel has made of one that was made here, when it has run the array and rebuilt the leg. */
export function markRun(bytes: Uint8Array, events: bigint, position: number): Buffer {
  const marked = Buffer.from(bytes);
  marked.writeUInt32LE(position, 12);
  marked.writeBigUInt64LE(events, 16);
  marked.writeBigUInt64LE(DONE, 32);
  return marked;
}
