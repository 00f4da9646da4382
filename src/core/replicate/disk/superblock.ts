import { assert } from "../../base/assert.ts";
import { asBuffer, readU64, sha256, writeU64 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import type { Pages } from "../../base/units.ts";
import { readCount } from "./count.ts";
import { FORMAT_VERSION, HASH_BYTES, MAX_COUNT, SUPERBLOCK } from "./layout.ts";

/** A page and the SHA-256 that it must have. */
export interface PagePointer {
  readonly page: Pages;
  readonly hash: Buffer;
}

/** The one page of a region that is overwritten in place. It knows nothing of other regions. */
export interface Superblock {
  /** 32 hex digits. */
  readonly regionId: string;
  readonly length: Pages;
  /** Counts the writes of this superblock. */
  readonly sequence: number;
  readonly highestTxid: number;
  readonly active: PagePointer;
  readonly shadow: PagePointer | null;
}

/** @param blockSize the device's logical block size in bytes: the whole block is one atomic write */
export function encodeSuperblock(superblock: Superblock, blockSize: number): Buffer {
  const bytes = Buffer.alloc(blockSize);
  SUPERBLOCK.magic.copy(bytes, 0);
  bytes.writeUInt32LE(FORMAT_VERSION, SUPERBLOCK.version);
  bytes.write(superblock.regionId, SUPERBLOCK.regionId, "hex");
  writeU64(bytes, SUPERBLOCK.length, superblock.length);
  writeU64(bytes, SUPERBLOCK.sequence, superblock.sequence);
  writeU64(bytes, SUPERBLOCK.highestTxid, superblock.highestTxid);
  writeU64(bytes, SUPERBLOCK.activePage, superblock.active.page);
  superblock.active.hash.copy(bytes, SUPERBLOCK.activeHash);
  writeU64(bytes, SUPERBLOCK.shadowPage, superblock.shadow?.page ?? 0);
  superblock.shadow?.hash.copy(bytes, SUPERBLOCK.shadowHash);
  sha256(bytes.subarray(0, SUPERBLOCK.checksum)).copy(bytes, SUPERBLOCK.checksum);
  return bytes;
}

/**
 * That decodeSuperblock will take it, before it is written over the one page that nothing else can stand in
 * for.
 * @throws DvmError CORRUPT when its numbers are used up
 */
export function requireReadable(superblock: Superblock): void {
  const { regionId, length, sequence, highestTxid, active, shadow } = superblock;
  assert(/^[0-9a-f]{32}$/.test(regionId), "a superblock has the id of its region");
  for (const { page, hash } of shadow ? [active, shadow] : [active])
    assert(page > 0 && page < length && hash.length === HASH_BYTES, "a superblock names pages of its region");
  assert(shadow?.page !== active.page, "a superblock's shadow is another root than its active one");
  // A disk may lie in its numbers, but no honest one was written so often.
  if (sequence > MAX_COUNT || highestTxid > MAX_COUNT)
    throw new DvmError(
      "CORRUPT",
      `region ${regionId}: its sequence number or transaction id is the last one`,
    );
}

/**
 * @param bytes the first logical block of a region
 * @returns null when there is none: the magic is not there. One of which half is there is damaged: whoever
 *   asks whether the region is blank must not be told so.
 * @throws DvmError CORRUPT when its checksum or a field is wrong, UNSUPPORTED for another version
 */
export function decodeSuperblock(bytes: Uint8Array): Superblock | null {
  const block = asBuffer(bytes).subarray(0, SUPERBLOCK.bytes);
  const wrong = SUPERBLOCK.magic.filter((byte, index) => block[index] !== byte).length;
  if (wrong > SUPERBLOCK.magic.length / 2) return null;
  const checksum = block.subarray(SUPERBLOCK.checksum, SUPERBLOCK.checksum + HASH_BYTES);
  if (wrong > 0 || !sha256(block.subarray(0, SUPERBLOCK.checksum)).equals(checksum))
    throw new DvmError("CORRUPT", "superblock fails its checksum");
  const version = block.readUInt32LE(SUPERBLOCK.version);
  if (version !== FORMAT_VERSION)
    throw new DvmError("UNSUPPORTED", `superblock has format version ${version}; known is ${FORMAT_VERSION}`);
  const length = readU64(block, SUPERBLOCK.length, "region length");
  const active = decodePointer(block, SUPERBLOCK.activePage, length);
  if (!active) throw new DvmError("CORRUPT", "superblock names no active root");
  const shadow = decodePointer(block, SUPERBLOCK.shadowPage, length);
  if (shadow?.page === active.page)
    throw new DvmError(
      "CORRUPT",
      `superblock names page ${active.page} as its active root and as its shadow`,
    );
  return {
    regionId: block.toString("hex", SUPERBLOCK.regionId, SUPERBLOCK.regionId + 16),
    length,
    sequence: readCount(block, SUPERBLOCK.sequence, "sequence number"),
    highestTxid: readCount(block, SUPERBLOCK.highestTxid, "transaction id"),
    active,
    shadow,
  };
}

/** A page number with the hash behind it; page 0, which is the superblock, stands for none. */
function decodePointer(block: Buffer, offset: number, length: Pages): PagePointer | null {
  const page = readU64(block, offset, "page number");
  if (page === 0) return null;
  if (page >= length) throw new DvmError("CORRUPT", `superblock names page ${page} of ${length}`);
  return { page, hash: Buffer.from(block.subarray(offset + 8, offset + 8 + HASH_BYTES)) };
}
