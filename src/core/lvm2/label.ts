/**
 * The label of a PV: one sector that says whose the device is, and where its areas are.
 *
 * sector {magic, its own number, crc over the rest, offset of the header, type}
 * header {PV id, size} data areas… {0,0} metadata areas… {0,0} version, flags, bootloader areas… {0,0}
 */
import { assert } from "../base/assert.ts";
import { readU64, writeU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, SECTOR } from "../base/units.ts";
import { checksum } from "./checksum.ts";
import { isPlainId } from "./ids.ts";
import {
  AREA_ENTRY,
  LABEL,
  LABEL_CHECKED,
  LABEL_MAGIC,
  LABEL_TYPE,
  LEAST_PV_HEADER,
  PV,
  PV_EXTENSION,
  PV_IN_USE,
} from "./layout.ts";

export interface ByteRange {
  readonly offset: Bytes;
  /** 0 of a data area: to the end of the device. */
  readonly size: Bytes;
}

export interface PvLabel {
  /** The sector that it stands in. */
  readonly sector: number;
  /** 32 characters. */
  readonly id: string;
  /** Of the device, when it was made; old ones may say 0. */
  readonly size: Bytes;
  readonly data: readonly ByteRange[];
  readonly areas: readonly ByteRange[];
  /** It says that it belongs to a VG; undefined where it says nothing of it. */
  readonly inUse: boolean | undefined;
  /** Areas that are set aside for a boot loader. */
  readonly boot: readonly ByteRange[];
}

/** The sector of a label, as LVM2 2.03 writes it for a PV of a VG. */
export function encodeLabel({ sector, id, size, data, areas }: Omit<PvLabel, "inUse" | "boot">): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write(LABEL_MAGIC, LABEL.magic, "latin1");
  writeU64(bytes, LABEL.sector, sector);
  bytes.writeUInt32LE(LEAST_PV_HEADER, LABEL.header);
  bytes.write(LABEL_TYPE, LABEL.type, "latin1");
  bytes.write(id, LEAST_PV_HEADER + PV.id, "latin1");
  writeU64(bytes, LEAST_PV_HEADER + PV.size, size);
  let at = LEAST_PV_HEADER + PV.areas;
  for (const { offset, size: length } of [...data, END_OF_LIST, ...areas, END_OF_LIST]) {
    writeU64(bytes, at, offset);
    writeU64(bytes, at + 8, length);
    at += AREA_ENTRY;
  }
  assert(at + 8 + AREA_ENTRY <= SECTOR, "a label fits a sector");
  bytes.writeUInt32LE(PV_EXTENSION, at);
  bytes.writeUInt32LE(PV_IN_USE, at + 4);
  bytes.writeUInt32LE(checksum(bytes.subarray(LABEL_CHECKED)), LABEL.crc);
  return bytes;
}

const END_OF_LIST: ByteRange = { offset: 0, size: 0 };

/**
 * @param bytes one sector
 * @param sector its number on the device
 * @returns null where there is no label of LVM2
 * @throws DvmError CORRUPT for one that is damaged
 */
export function decodeLabel(bytes: Buffer, sector: number, path: string): PvLabel | null {
  const text = (at: number, length: number) => bytes.toString("latin1", at, at + length);
  if (text(LABEL.magic, 8) !== LABEL_MAGIC || text(LABEL.type, 8) !== LABEL_TYPE) return null;
  if (bytes.readBigUInt64LE(LABEL.sector) !== BigInt(sector)) return null;
  const corrupt = (what: string) => new DvmError("CORRUPT", `${path}: the label in sector ${sector} ${what}`);
  if (bytes.readUInt32LE(LABEL.crc) !== checksum(bytes.subarray(LABEL_CHECKED, SECTOR)))
    throw corrupt("has a wrong checksum");
  const header = bytes.readUInt32LE(LABEL.header);
  if (header < LEAST_PV_HEADER || header + PV.areas + 2 * AREA_ENTRY > SECTOR)
    throw corrupt(`has its header at byte ${header}`);
  const id = text(header + PV.id, 32);
  if (!isPlainId(id)) throw corrupt("has no PV id");
  const size = readU64(bytes, header + PV.size, `${path}: the size in its label`);
  const data = decodeAreas(bytes, header + PV.areas, path);
  const areas = data && decodeAreas(bytes, data.end, path);
  if (!areas) throw corrupt("has a list of areas without an end");
  return {
    sector,
    id,
    size,
    data: data.areas,
    areas: areas.areas,
    inUse: decodeUse(bytes, areas.end),
    boot: decodeBoot(bytes, areas.end, path),
  };
}

/** @returns undefined when the list does not end in the sector */
function decodeAreas(
  bytes: Buffer,
  begin: number,
  path: string,
): { readonly areas: ByteRange[]; readonly end: number } | undefined {
  const areas: ByteRange[] = [];
  for (let at = begin; at + AREA_ENTRY <= SECTOR; at += AREA_ENTRY) {
    const offset = readU64(bytes, at, `${path}: the offset of an area`);
    const size = readU64(bytes, at + 8, `${path}: the size of an area`);
    if (offset === 0 && size === 0) return { areas, end: at + AREA_ENTRY };
    areas.push({ offset, size });
  }
  return undefined;
}

/** Flags have a meaning from version 2 of the extension on. */
function decodeUse(bytes: Buffer, at: number): boolean | undefined {
  if (at + 8 > SECTOR || bytes.readUInt32LE(at) < PV_EXTENSION) return undefined;
  return (bytes.readUInt32LE(at + 4) & PV_IN_USE) !== 0;
}

/** They come with the extension. */
function decodeBoot(bytes: Buffer, at: number, path: string): readonly ByteRange[] {
  if (at + 8 > SECTOR || bytes.readUInt32LE(at) === 0) return [];
  return decodeAreas(bytes, at + 8, path)?.areas ?? [];
}
