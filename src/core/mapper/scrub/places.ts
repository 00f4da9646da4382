/** Where an array has what has to agree: the copies of a chunk, or the rows of data and parity. */
import { type Bytes, SECTOR, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { placesOfChunk } from "../../dm/targets/raid/copies-layout.ts";
import { hasParity, type ParityRow, parityRows } from "../../dm/targets/raid/parity-layout.ts";
import { dataLegs } from "../../dm/targets/raid/redundancy.ts";
import { memberLength, type Raid, redundancyOf } from "../../dm/targets/raid.ts";

/** What has to agree with each other. */
export interface Group {
  /** Of the content, in sectors. */
  readonly start: Sectors;
  /** Of the content that it is about. */
  readonly length: Sectors;
  /** In the order of a row's legs; of copies, the first first. Each has as many bytes. */
  readonly parts: readonly { readonly leg: number; readonly at: Bytes }[];
  readonly bytes: Bytes;
  /** Left out: the parts are copies. */
  readonly row?: ParityRow;
}

const AT_ONCE: Sectors = 2048;

/** @param length of the content; undefined for a level that has everything once */
export function groupsOf(raid: Raid, length: Sectors): Iterable<Group> | undefined {
  const { type } = raid;
  if (type === "raid0") return undefined;
  if (type === "raid1") return wholeLegs(raid, length);
  return hasParity(type) ? rows(raid, length) : chunks(raid, length);
}

function* wholeLegs({ devices }: Raid, length: Sectors): Generator<Group> {
  for (let start = 0; start < length; start += AT_ONCE) {
    const part = Math.min(AT_ONCE, length - start);
    const parts = devices.map((_, leg) => ({ leg, at: sectorsToBytes(start) }));
    yield { start, length: part, parts, bytes: sectorsToBytes(part) };
  }
}

function* chunks(raid: Raid, length: Sectors): Generator<Group> {
  const { chunkSize, devices, options, raid10Format: format = "near" } = raid;
  const copies = options?.raid10_copies ?? 2;
  const layout = {
    legs: devices.length,
    copies,
    format,
    rows: memberLength(raid, { start: 0, length }) / chunkSize,
  };
  const bytes = sectorsToBytes(chunkSize);
  for (let chunk = 0; chunk * chunkSize < length; chunk += 1) {
    const parts = placesOfChunk(layout, chunk).map(({ leg, row }) => ({ leg, at: row * bytes }));
    yield { start: chunk * chunkSize, length: chunkSize, parts, bytes };
  }
}

function* rows(raid: Raid, length: Sectors): Generator<Group> {
  const { type, chunkSize, devices } = raid;
  if (!hasParity(type)) return;
  const rowOf = parityRows(type, devices.length);
  const width = dataLegs(redundancyOf(raid)) * chunkSize;
  const bytes = sectorsToBytes(chunkSize);
  for (let row = 0; row * width < length; row += 1) {
    const parts = devices.map((_, leg) => ({ leg, at: row * bytes }));
    yield { start: row * width, length: width, parts, bytes, row: rowOf(row) };
  }
}

/** The content that a block of a group has, or shares in: of a row, unless the leg is known, all of it. */
export function contentOfBlock(
  { start, length, bytes, row }: Group,
  at: Bytes,
  block: Bytes,
  leg: number | undefined,
): { readonly start: Sectors; readonly length: Sectors } {
  const inside = { start: start + at / SECTOR, length: block / SECTOR };
  if (!row) return inside;
  const data = leg === undefined ? -1 : row.data.indexOf(leg);
  return data < 0 ? { start, length } : { ...inside, start: inside.start + (data * bytes) / SECTOR };
}
