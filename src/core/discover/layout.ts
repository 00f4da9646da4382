/**
 * Where a label's bytes stand: the only place that knows offsets of the format (docs/format-label.md).
 * All integers are little-endian; all offsets here are in bytes unless a name says otherwise.
 */
import type { Bytes, Sectors } from "../base/units.ts";
import { LABEL_COPIES } from "../port/member.ts";

/** "DVMLABEL" */
export const MAGIC = Buffer.from("DVMLABEL", "latin1");
export const VERSION = 1;

/** One copy, padding included. Large enough for 64 regions with the largest numbers. */
export const COPY_BYTES: Bytes = LABEL_COPIES[0].length;
/** Where the copies stand on the device, first and second. */
export const COPY_OFFSETS: readonly Bytes[] = LABEL_COPIES.map(({ offset }) => offset);

/** Offsets within a copy. */
export const AT = {
  magic: 0,
  version: 8,
  payloadLength: 12,
  sequence: 16,
  copyOffset: 24,
  hash: 32,
  payload: 64,
} as const;
export const MAX_PAYLOAD_BYTES: Bytes = COPY_BYTES - AT.payload;

/** The first MiB belongs to the label and what may follow it in later versions. */
export const RESERVED: Sectors = 2048;
export const MAX_REGIONS = 64;
/** Regions are pages long and stand on pages. */
export const REGION_UNIT: Sectors = 8;
/** Data and the regions that are placed by default stand on whole MiB. */
export const MEBIBYTE: Sectors = 2048;
