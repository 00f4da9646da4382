import { readU64 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { MAX_COUNT } from "./layout.ts";

/** A transaction id or sequence number. @throws DvmError CORRUPT for one that could not be counted on */
export function readCount(buffer: Buffer, offset: number, what: string): number {
  const value = readU64(buffer, offset, what);
  if (value > MAX_COUNT) throw new DvmError("CORRUPT", `${what} ${value} is out of bounds`);
  return value;
}
