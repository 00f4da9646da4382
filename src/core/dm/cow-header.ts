/**
 * The header in chunk 0 of a persistent snapshot's COW device (drivers/md/dm-snap-persistent.c),
 * little-endian.
 *
 * | offset | size | field                              |
 * |--------|------|------------------------------------|
 * | 0      | 4    | magic "SnAp"                       |
 * | 4      | 4    | 1 while the snapshot is valid      |
 * | 8      | 4    | version, 1                         |
 * | 12     | 4    | chunk size in sectors              |
 */
import { asBuffer, isZero } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";

export const COW_HEADER_BYTES = 512;

const MAGIC = 0x70416e53;
const VERSION = 1;
/** Larger chunks are never made; the bound keeps a damaged header from costing memory. */
const MAX_CHUNK: Sectors = 65536;

/**
 * @returns the chunk size in sectors, or null when all is zero: a store that has never been used
 * @throws DvmError CORRUPT when it is no header or says that the snapshot is lost, UNSUPPORTED for its
 *   version
 */
export function decodeCowHeader(bytes: Uint8Array, where: string): Sectors | null {
  const buffer = asBuffer(bytes);
  if (isZero(buffer.subarray(0, COW_HEADER_BYTES))) return null;
  if (buffer.readUInt32LE(0) !== MAGIC) throw new DvmError("CORRUPT", `${where}: holds no snapshot header`);
  if (buffer.readUInt32LE(8) !== VERSION)
    throw new DvmError("UNSUPPORTED", `${where}: has an unknown version`);
  if (buffer.readUInt32LE(4) !== 1)
    throw new DvmError("CORRUPT", `${where}: the snapshot has overflowed and is lost`);
  return checkChunk(buffer.readUInt32LE(12), where, "CORRUPT");
}

export function encodeCowHeader(chunk: Sectors): Buffer {
  const buffer = Buffer.alloc(COW_HEADER_BYTES);
  buffer.writeUInt32LE(MAGIC, 0);
  buffer.writeUInt32LE(1, 4);
  buffer.writeUInt32LE(VERSION, 8);
  buffer.writeUInt32LE(chunk, 12);
  return buffer;
}

/** @throws DvmError with `code` when it is no power of two within bounds */
export function checkChunk(chunk: Sectors, where: string, code: "CORRUPT" | "BAD_INPUT"): Sectors {
  if (chunk >= 1 && chunk <= MAX_CHUNK && Number.isInteger(Math.log2(chunk))) return chunk;
  throw new DvmError(
    code,
    `${where}: chunk size ${chunk} is not a power of two from 1 to ${MAX_CHUNK} sectors`,
  );
}
