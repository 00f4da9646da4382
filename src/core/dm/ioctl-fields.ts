/** What stands in packets of the dm ioctl: device numbers, and texts up to their NUL. */
import { readU32 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";

/**
 * The parts of a device number as the kernel packs it for this interface (huge_encode_dev): its low half has
 * all.
 */
export const majorOf = (dev: number): number => (dev >>> 8) & 0xfff;
export const minorOf = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);

/** A device number where the interface has one, as `major:minor`. */
export const decodeDev = (buffer: Buffer, at: number): string => {
  const low = readU32(buffer, at);
  return `${majorOf(low)}:${minorOf(low)}`;
};

/** Each record begins at a multiple of 8 bytes. */
export const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** @throws DvmError BAD_NAME for one that does not fit */
export function writeText(buffer: Buffer, at: number, text: string, most: number, what: string): void {
  if (Buffer.byteLength(text) > most || text.includes("\0"))
    throw new DvmError("BAD_NAME", `${what} "${text}" is longer than ${most} bytes or has a NUL`);
  buffer.write(text, at);
}

/** Text up to its NUL. @param most bytes */
export const readText = (buffer: Buffer, at: number, most: number): string =>
  buffer.toString("utf8", at, endOfText(buffer, at, most));

/** Where the NUL is that ends it, at most so many bytes on. */
export function endOfText(buffer: Buffer, at: number, most: number): number {
  const last = Math.min(at + most, buffer.length);
  const end = buffer.indexOf(0, at);
  return end < 0 || end > last ? last : end;
}

/** @throws DvmError KERNEL where an answer ends before so many bytes */
export function inside(data: Buffer, at: number, length: number): void {
  if (at + length > data.length)
    throw new DvmError("KERNEL", "device-mapper's answer is shorter than it says");
}
