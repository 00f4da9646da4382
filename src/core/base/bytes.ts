/** Little helpers for binary formats. All integers on disk are little-endian. */
import { DvmError } from "./error.ts";
import { nodeCrypto } from "./node-crypto.ts";

export const sha256 = (bytes: Uint8Array): Buffer => nodeCrypto().hash("sha256", bytes, "buffer");

/** A view of the same memory as a Buffer, for its integer accessors. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A u32 of bytes that are surely there. Buffer's own accessors make objects where V8 interprets them. */
export const readU32 = (bytes: Uint8Array, offset: number): number => {
  const high = bytes[offset + 3] as number;
  const low =
    (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8) | ((bytes[offset + 2] as number) << 16);
  return high === 0 ? low : (low | (high << 24)) >>> 0;
};

/** @param value a u32 */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/**
 * Reads a u64 and narrows it to a number.
 * @throws DvmError CORRUPT beyond 2^53: no honest length or offset is that large
 */
export function readU64(buffer: Buffer, offset: number, what: string): number {
  const value = buffer.readBigUInt64LE(offset);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new DvmError("CORRUPT", `${what} ${value} is out of bounds`);
  return Number(value);
}

export function writeU64(buffer: Buffer, offset: number, value: number): void {
  buffer.writeBigUInt64LE(BigInt(value), offset);
}

export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
