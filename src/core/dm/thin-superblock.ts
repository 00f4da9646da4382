/**
 * What a thin pool's metadata device begins with (struct thin_disk_superblock of the kernel's
 * dm-thin-metadata.c): a block of 4 KiB, little-endian.
 *
 * | offset | size | field                                                       |
 * |--------|------|-------------------------------------------------------------|
 * | 0      | 4    | checksum over what follows                                  |
 * | 4      | 4    | flags; bit 0: the metadata have to be checked               |
 * | 8      | 8    | number of this block, 0                                     |
 * | 32     | 8    | magic                                                       |
 * | 40     | 4    | version                                                     |
 * | 44     | 4    | time: grows with every snapshot                             |
 * | 48     | 8    | transaction id                                              |
 * | 56     | 8    | held root                                                   |
 * | 320    | 8    | root of the mappings                                        |
 * | 328    | 8    | root of the details                                         |
 * | 336    | 4    | sectors of a data block                                     |
 * | 340    | 4    | sectors of a metadata block, 8                              |
 * | 344    | 8    | number of metadata blocks                                   |
 */
import { asBuffer, isZero } from "../base/bytes.ts";
import { crc32c } from "../base/crc32c.ts";
import { DvmError } from "../base/error.ts";
import { PAGE, SECTOR, type Sectors } from "../base/units.ts";

/** Goes into the checksum, so that no other block is taken for it. */
const SUPERBLOCK_SALT = 160774;

const MAGIC = 27022010n;
const VERSION = 2;
const NEEDS_CHECK = 1;

export interface ThinSuperblock {
  readonly needsCheck: boolean;
  readonly transactionId: number;
  readonly mappingRoot: number;
  readonly detailsRoot: number;
  /** Of a data block. */
  readonly blockSize: Sectors;
}

/** As the kernel keeps one at the beginning of each block of metadata. @param salt tells what sort it is */
export function thinChecksum(block: Uint8Array, salt: number): number {
  return (crc32c(0xffffffff, block.subarray(4, PAGE)) ^ salt) >>> 0;
}

/**
 * @param bytes the first block of a metadata device
 * @returns null when they are all zero: no kernel has run a pool with this device
 * @throws DvmError CORRUPT when they are anything else, UNSUPPORTED for its version
 */
export function decodeThinSuperblock(bytes: Uint8Array, where: string): ThinSuperblock | null {
  const block = asBuffer(bytes).subarray(0, PAGE);
  if (isZero(block)) return null;
  if (block.readBigUInt64LE(32) !== MAGIC)
    throw new DvmError("CORRUPT", `${where}: holds something that is no metadata of a thin pool`);
  if (block.readUInt32LE(0) !== thinChecksum(block, SUPERBLOCK_SALT))
    throw new DvmError("CORRUPT", `${where}: the superblock of the thin pool fails its checksum`);
  if (block.readUInt32LE(40) !== VERSION)
    throw new DvmError(
      "UNSUPPORTED",
      `${where}: metadata of a thin pool in version ${block.readUInt32LE(40)}`,
    );
  const number = (at: number): number => Number(block.readBigUInt64LE(at));
  return {
    needsCheck: (block.readUInt32LE(4) & NEEDS_CHECK) !== 0,
    transactionId: number(48),
    mappingRoot: number(320),
    detailsRoot: number(328),
    blockSize: block.readUInt32LE(336),
  };
}

/** As the kernel would write it; what nobody reads here is left zero. */
export function encodeThinSuperblock(
  { needsCheck, transactionId, mappingRoot, detailsRoot, blockSize }: ThinSuperblock,
  blocks: number,
): Buffer {
  const block = Buffer.alloc(PAGE);
  block.writeUInt32LE(needsCheck ? NEEDS_CHECK : 0, 4);
  block.writeBigUInt64LE(MAGIC, 32);
  block.writeUInt32LE(VERSION, 40);
  block.writeBigUInt64LE(BigInt(transactionId), 48);
  block.writeBigUInt64LE(BigInt(mappingRoot), 320);
  block.writeBigUInt64LE(BigInt(detailsRoot), 328);
  block.writeUInt32LE(blockSize, 336);
  block.writeUInt32LE(PAGE / SECTOR, 340);
  block.writeBigUInt64LE(BigInt(blocks), 344);
  block.writeUInt32LE(thinChecksum(block, SUPERBLOCK_SALT), 0);
  return block;
}
