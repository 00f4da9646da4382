/** Little helpers for binary formats. All integers on disk are little-endian. */
import { DvmError } from "./error.ts";
import { nodeCrypto } from "./node-crypto.ts";

export const sha256 = (bytes: Uint8Array): Buffer => nodeCrypto().hash("sha256", bytes, "buffer");

/** A view of the same memory as a Buffer, for its integer accessors. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

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
