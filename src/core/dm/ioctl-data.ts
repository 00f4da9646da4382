/** What follows the header in packets of the dm ioctl, for each command that has anything there. */
import type { TableLine } from "../../schema/index.ts";
import { readU32, readU64, writeU32, writeU64 } from "../base/bytes.ts";
import type { StatusLine } from "../port/dm.ts";
import { align, decodeDev, endOfText, inside, readText, writeText } from "./ioctl-fields.ts";

/** sizeof(struct dm_target_spec): u64 start, u64 length, s32 status, u32 next, char type[16]. */
const SPEC_BYTES = 40;
const TYPE_BYTES = 16;

/** The data of load: a dm_target_spec and its parameters for each line, each at a multiple of 8 bytes. */
export function encodeTable(table: readonly TableLine[]): Buffer {
  const data = Buffer.alloc(table.reduce((sum, { params }) => sum + specBytes(params), 0));
  let at = 0;
  table.forEach(({ start, length, type, params }) => {
    const bytes = specBytes(params);
    writeU64(data, at, start);
    writeU64(data, at + 8, length);
    writeU32(data, at + 20, bytes);
    writeText(data, at + 24, type, TYPE_BYTES - 1, "target type");
    data.write(params, at + SPEC_BYTES);
    at += bytes;
  });
  return data;
}

const specBytes = (params: string): number => align(SPEC_BYTES + Buffer.byteLength(params) + 1);

/**
 * The data of table status. Here `next` counts from the first spec, not from its own as in load.
 * @param count from the header
 * @param only the number of the one line to decode, if there is one
 */
export function decodeTable(data: Buffer, count: number, only?: number): StatusLine[] {
  const lines: StatusLine[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    inside(data, at, SPEC_BYTES);
    const next = readU32(data, at + 20);
    if (only === undefined || only === index)
      lines.push({
        start: readU64(data, at, "start of a target"),
        length: readU64(data, at + 8, "length of a target"),
        type: readText(data, at + 24, TYPE_BYTES),
        status: readText(data, at + SPEC_BYTES, data.length - at - SPEC_BYTES),
      });
    at = next;
  }
  return lines;
}

/** Of the interface of device-mapper: since 4.45 its list has uuids. */
export const UUIDS_SINCE = 45;
/** In what follows a name in the list. */
const HAS_UUID = 1;

export interface DmListEntry {
  readonly name: string;
  readonly dev: string;
  /** "" for a device without one; left out when it was not asked for. */
  readonly uuid?: string;
}

/**
 * The data of list: records of u64 dev, u32 next (from this record; 0 in the last), name.
 * @param withUuids they were asked for: u32 event number, u32 flags, uuid follow the name, at a multiple of 8
 */
export function decodeList(data: Buffer, withUuids = false): DmListEntry[] {
  const entries: DmListEntry[] = [];
  for (let at = 0, next = 1; next !== 0; at += next) {
    if (data.length - at < 12) break;
    const dev = decodeDev(data, at);
    if (dev === "0:0") break; // there are no devices
    next = readU32(data, at + 8);
    const end = endOfText(data, at + 12, data.length - at - 12);
    const name = data.toString("utf8", at + 12, end);
    entries.push(withUuids ? { name, dev, uuid: decodeUuid(data, align(end + 1)) } : { name, dev });
  }
  return entries;
}

function decodeUuid(data: Buffer, at: number): string {
  inside(data, at, 8);
  const has = (readU32(data, at + 4) & HAS_UUID) !== 0;
  return has ? readText(data, at + 8, data.length - at - 8) : "";
}

/** The data of list versions: records of u32 next, u32 version[3], name. */
export function decodeVersions(data: Buffer): { name: string; version: readonly [number, number, number] }[] {
  const entries: { name: string; version: readonly [number, number, number] }[] = [];
  for (let at = 0, next = 1; next !== 0; at += next) {
    if (data.length - at < 16) break;
    next = data.readUInt32LE(at);
    entries.push({
      name: readText(data, at + 16, data.length - at - 16),
      version: [data.readUInt32LE(at + 4), data.readUInt32LE(at + 8), data.readUInt32LE(at + 12)],
    });
  }
  return entries;
}

/** The data of deps: u32 count, u32 padding, u64 dev each. */
export function decodeDeps(data: Buffer): string[] {
  if (data.length < 8) return [];
  const count = data.readUInt32LE(0);
  inside(data, 8, 8 * count);
  return Array.from({ length: count }, (_, index) => decodeDev(data, 8 + 8 * index));
}

/** The data of message: u64 sector, text. */
export function encodeMessage(sector: number, message: string): Buffer {
  const data = Buffer.alloc(align(8 + Buffer.byteLength(message) + 1));
  writeU64(data, 0, sector);
  data.write(message, 8);
  return data;
}

/** The data of rename: the new name. */
export const encodeRename = (newName: string): Buffer => Buffer.from(`${newName}\0`);

/** Text up to its NUL. */
export const decodeText = (data: Buffer): string => readText(data, 0, data.length);
