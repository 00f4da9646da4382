/**
 * Units of length. A sector is 512 bytes, as in device-mapper; a page is the 4 KiB unit of a region.
 * The brands keep them apart at compile time; the only converters are here.
 */
import { DvmError } from "./error.ts";

declare const unit: unique symbol;
export type Sectors = number & { readonly [unit]?: "sectors" };
export type Bytes = number & { readonly [unit]?: "bytes" };
export type Pages = number & { readonly [unit]?: "pages" };
export type Extents = number & { readonly [unit]?: "extents" };

export const SECTOR: Bytes = 512;
export const PAGE: Bytes = 4096;
export const MEBIBYTE_BYTES: Bytes = 2 ** 20;
export const SECTORS_PER_PAGE: Sectors = PAGE / SECTOR;

export const sectorsToBytes = (sectors: Sectors): Bytes => sectors * SECTOR;
export const pagesToBytes = (pages: Pages): Bytes => pages * PAGE;
/** Whole sectors that fit into `bytes`. */
export const bytesToSectors = (bytes: Bytes): Sectors => Math.floor(bytes / SECTOR);

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
export const isPowerOfTwo = (value: number): boolean =>
  value > 0 && 2 ** Math.round(Math.log2(value)) === value;
export const roundDown = (value: number, multiple: number): number => Math.floor(value / multiple) * multiple;

const SIZE = /^(\d+(?:\.\d+)?)([sbkmgtpe]?)(?:i?b)?$/i;
const SECTORS_PER_UNIT: Readonly<Record<string, number>> = {
  s: 1,
  b: 1 / 512,
  k: 2,
  m: 2 ** 11,
  g: 2 ** 21,
  t: 2 ** 31,
  p: 2 ** 41,
  e: 2 ** 51,
};

/**
 * Parses a size as people write it: `10G`, `512M`, `4k`, `4KiB`, `100s` (sectors), `8192b` (bytes).
 * Units are powers of 1024; a bare number is refused, since its unit would be a guess.
 * @returns whole sectors, rounded up
 * @throws DvmError USAGE when it is no size or beyond 2^53 sectors
 */
export function parseSize(text: string, what = "size"): Sectors {
  const match = SIZE.exec(text.trim());
  const factor = SECTORS_PER_UNIT[(match?.[2] ?? "").toLowerCase()];
  if (match?.[1] === undefined || factor === undefined) {
    throw new DvmError(
      "USAGE",
      `${what} "${text}" is no size: write a number and a unit, as in 512M, 10G or 2048s`,
    );
  }
  const sectors = Math.ceil(Number(match[1]) * factor);
  if (!Number.isSafeInteger(sectors)) throw new DvmError("USAGE", `${what} "${text}" is too large`);
  return sectors;
}

/** A size for people: the largest unit that leaves at most two decimals, as in `1.50 GiB`. */
export function formatSize(sectors: Sectors): string {
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let value = sectors / 2;
  let index = 0;
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(2)} ${units[index]}`;
}

/** A size to type, to the sector: `1025M`, where formatSize says 1.00 GiB. parseSize takes it. */
export function exactSize(sectors: Sectors): string {
  const unit = ["t", "g", "m", "k"].find((each) => sectors % (SECTORS_PER_UNIT[each] ?? 1) === 0) ?? "s";
  const letter = unit === "k" || unit === "s" ? unit : unit.toUpperCase();
  return `${sectors / (SECTORS_PER_UNIT[unit] ?? 1)}${letter}`;
}
