/**
 * A metadata area: a header, and a ring of texts. The header's first slot says where the text is that counts,
 * its second one where a text is that a writer was about to make count when it ended.
 */
import { allocated } from "../base/allocated.ts";
import { readU64, writeU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, roundDown, roundUp, SECTOR } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import { checksum } from "./checksum.ts";
import type { ByteRange } from "./label.ts";
import {
  AREA,
  AREA_CHECKED,
  AREA_HEADER,
  AREA_IGNORED,
  AREA_MAGIC,
  AREA_VERSION,
  MAX_TEXT,
  SLOT,
} from "./layout.ts";

/** Where a text is. */
export interface Slot {
  /** From the start of the area. */
  readonly offset: Bytes;
  /** With the NUL that ends it. */
  readonly size: Bytes;
  readonly crc: number;
}

export interface AreaHeader {
  readonly start: Bytes;
  readonly size: Bytes;
  /** What it has is not to be used. */
  readonly ignored: boolean;
  readonly committed: Slot | undefined;
  readonly precommitted: Slot | undefined;
}

/**
 * @param bytes the first sector of the area
 * @param begin where it was read
 * @throws DvmError CORRUPT
 */
export function decodeAreaHeader(bytes: Buffer, begin: Bytes, path: string): AreaHeader {
  const corrupt = (what: string) =>
    new DvmError("CORRUPT", `${path}: the header of the metadata area at byte ${begin} ${what}`);
  if (bytes.toString("latin1", AREA.magic, AREA.version) !== AREA_MAGIC) throw corrupt("is not there");
  if (bytes.readUInt32LE(AREA.crc) !== checksum(bytes.subarray(AREA_CHECKED, AREA_HEADER)))
    throw corrupt("has a wrong checksum");
  const version = bytes.readUInt32LE(AREA.version);
  if (version !== AREA_VERSION) throw corrupt(`has version ${version}`);
  const start = readU64(bytes, AREA.start, `${path}: the start of an area`);
  const size = readU64(bytes, AREA.size, `${path}: the size of an area`);
  if (start !== begin) throw corrupt(`says that it stands at byte ${start}`);
  if (size < 2 * AREA_HEADER || size % SECTOR !== 0) throw corrupt(`has a size of ${size} bytes`);
  const slot = (index: number): Slot | undefined => {
    const at = AREA.slots + index * SLOT.length;
    const offset = readU64(bytes, at + SLOT.offset, `${path}: the place of a text`);
    const length = readU64(bytes, at + SLOT.size, `${path}: the length of a text`);
    if (offset === 0 || length === 0) return undefined;
    if (offset < AREA_HEADER || offset >= size || length > size - AREA_HEADER || length > MAX_TEXT)
      throw corrupt(`has a text of ${length} bytes at ${offset}`);
    return { offset, size: length, crc: bytes.readUInt32LE(at + SLOT.crc) };
  };
  const flags = bytes.readUInt32LE(AREA.slots + SLOT.flags);
  const ignored = (flags & AREA_IGNORED) !== 0;
  // What an ignored area says of its texts may be as old as it likes.
  if (ignored) return { start, size, ignored, committed: undefined, precommitted: undefined };
  const committed = slot(0);
  // A list ends with an empty slot.
  return { start, size, ignored, committed, precommitted: committed && slot(1) };
}

/** The first sector of an area. Nothing is about to count in it. */
export function encodeAreaHeader({
  start,
  size,
  ignored,
  committed,
}: Omit<AreaHeader, "precommitted">): Buffer {
  const bytes = Buffer.alloc(AREA_HEADER);
  bytes.write(AREA_MAGIC, AREA.magic, "latin1");
  bytes.writeUInt32LE(AREA_VERSION, AREA.version);
  writeU64(bytes, AREA.start, start);
  writeU64(bytes, AREA.size, size);
  if (committed) {
    writeU64(bytes, AREA.slots + SLOT.offset, committed.offset);
    writeU64(bytes, AREA.slots + SLOT.size, committed.size);
    bytes.writeUInt32LE(committed.crc, AREA.slots + SLOT.crc);
  }
  bytes.writeUInt32LE(ignored ? AREA_IGNORED : 0, AREA.slots + SLOT.flags);
  bytes.writeUInt32LE(checksum(bytes.subarray(AREA_CHECKED)), AREA.crc);
  return bytes;
}

/** @throws DvmError CORRUPT, IO, DEADLINE */
export async function readAreaHeader(device: BlockDevice, { offset, size }: ByteRange): Promise<AreaHeader> {
  const { path } = device;
  if (offset % SECTOR !== 0 || offset + Math.max(size, AREA_HEADER) > device.size)
    throw new DvmError("CORRUPT", `${path}: a metadata area of ${size} bytes at ${offset} is not on it`);
  const bytes = Buffer.alloc(AREA_HEADER);
  await device.read(offset, bytes);
  const header = decodeAreaHeader(bytes, offset, path);
  if (header.start + header.size > device.size)
    throw new DvmError("CORRUPT", `${path}: the metadata area at byte ${offset} goes beyond its end`);
  return header;
}

/** The text that a slot leads to, whatever it holds; around the end of the ring where it wraps. */
export async function readText(device: BlockDevice, header: AreaHeader, slot: Slot): Promise<Buffer> {
  const first = Math.min(slot.size, header.size - slot.offset);
  const text = allocated(() => Buffer.alloc(slot.size));
  await readInto(device, header.start + slot.offset, text.subarray(0, first));
  if (first < slot.size) await readInto(device, header.start + AREA_HEADER, text.subarray(first));
  return text;
}

export const isWhole = (text: Buffer, { crc }: Slot): boolean => checksum(text) === crc;

async function readInto(device: BlockDevice, at: Bytes, target: Buffer): Promise<void> {
  const begin = roundDown(at, SECTOR);
  const bytes = Buffer.alloc(roundUp(at + target.length, SECTOR) - begin);
  await device.read(begin, bytes);
  bytes.copy(target, 0, at - begin);
}
