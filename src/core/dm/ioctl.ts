/**
 * Packets of the dm ioctl, version 4, both ways: struct dm_ioctl of linux/dm-ioctl.h and what follows it.
 * Pure; host/dm/kernel.ts hands them to the kernel. All integers are little-endian, as on every machine that
 * this runs on.
 */
import type { TableLine } from "../../schema/index.ts";
import { readU32, readU64, writeU32, writeU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import type { DmInfo, StatusLine } from "../port/dm.ts";
import { MAX_DM_NAME } from "./name.ts";
import { MAX_DM_UUID } from "./uuid.ts";

/** Offsets in struct dm_ioctl. */
export const AT = {
  version: 0,
  dataSize: 12,
  dataStart: 16,
  targetCount: 20,
  openCount: 24,
  flags: 28,
  eventNr: 32,
  dev: 40,
  name: 48,
  uuid: 176,
} as const;

/** sizeof(struct dm_ioctl). */
export const HEADER_BYTES = 312;

/** sizeof(struct dm_target_spec): u64 start, u64 length, s32 status, u32 next, char type[16]. */
const SPEC_BYTES = 40;
const TYPE_BYTES = 16;

/** Bytes of a packet at most: what an answer may grow to. */
export const MAX_PACKET_BYTES = 1 << 28;

export const DM_COMMAND = {
  version: 0,
  list: 2,
  create: 3,
  remove: 4,
  rename: 5,
  suspend: 6,
  status: 7,
  wait: 8,
  load: 9,
  clear: 10,
  deps: 11,
  tableStatus: 12,
  versions: 13,
  message: 14,
  armPoll: 16,
  targetVersion: 17,
} as const;

export const DM_FLAG = {
  readOnly: 1 << 0,
  suspend: 1 << 1,
  statusTable: 1 << 4,
  activePresent: 1 << 5,
  inactivePresent: 1 << 6,
  bufferFull: 1 << 8,
  skipLockfs: 1 << 10,
  noflush: 1 << 11,
  queryInactive: 1 << 12,
  ueventGenerated: 1 << 13,
  /** Of list: uuids too. */
  uuid: 1 << 14,
  secureData: 1 << 15,
  dataOut: 1 << 16,
} as const;

/** The request number of a command: _IOWR(0xfd, command, struct dm_ioctl). */
export const dmRequest = (command: number): number => REQUESTS[command] as number;

const REQUESTS: readonly number[] = Array.from(
  { length: Math.max(...Object.values(DM_COMMAND)) + 1 },
  (_, command) => 0xc0000000 + (HEADER_BYTES << 16) + (0xfd << 8) + command,
);

export interface DmRequest {
  readonly name?: string;
  readonly uuid?: string;
  readonly flags?: number;
  /** For suspend, remove and rename: udev flags << 16 | cookie. For wait: the event number. */
  readonly eventNr?: number;
  readonly targetCount?: number;
  /** What follows the header. */
  readonly data?: Uint8Array;
  /** Room for the answer, in bytes after the header. */
  readonly room?: number;
}

const NO_DATA = new Uint8Array(0);

/**
 * @param packetOf gives a buffer for it: that many zeros, and whatever after them
 * @throws DvmError BAD_NAME for a name or uuid that does not fit
 */
export function encodePacket(
  { name = "", uuid = "", flags = 0, eventNr = 0, targetCount = 0, data = NO_DATA, room = 0 }: DmRequest,
  packetOf: (bytes: number) => Buffer = newPacket,
): Buffer {
  const bytes = HEADER_BYTES + Math.max(data.length, room);
  const packet = packetOf(bytes);
  writeU32(packet, AT.version, 4); // 4.0.0: what is used here is as old as that
  writeU32(packet, AT.dataSize, bytes);
  writeU32(packet, AT.dataStart, HEADER_BYTES);
  writeU32(packet, AT.targetCount, targetCount);
  writeU32(packet, AT.flags, flags);
  writeU32(packet, AT.eventNr, eventNr);
  if (name !== "") writeText(packet, AT.name, name, MAX_DM_NAME, "dm name");
  if (uuid !== "") writeText(packet, AT.uuid, uuid, MAX_DM_UUID, "dm uuid");
  if (data.length > 0) packet.set(data, HEADER_BYTES);
  return packet;
}

const newPacket = (bytes: number): Buffer => Buffer.alloc(bytes);

/** The header of an answer. */
export interface DmAnswer {
  readonly version: readonly [number, number, number];
  readonly flags: number;
  readonly targetCount: number;
  readonly info: DmInfo;
  /** What follows the header. */
  readonly data: Buffer;
}

export function decodePacket(packet: Buffer): DmAnswer {
  const end = Math.min(readU32(packet, AT.dataSize), packet.length);
  const start = Math.min(readU32(packet, AT.dataStart), end);
  return {
    version: [readU32(packet, 0), readU32(packet, 4), readU32(packet, 8)],
    flags: flagsIn(packet),
    targetCount: readU32(packet, AT.targetCount),
    info: infoIn(packet),
    data: packet.subarray(start, end),
  };
}

/** Of the header of an answer. */
export const flagsIn = (packet: Buffer): number => readU32(packet, AT.flags);
export const devIn = (packet: Buffer): string => decodeDev(packet, AT.dev);

/** What the header of an answer says of the device. */
export function infoIn(packet: Buffer): DmInfo {
  const flags = flagsIn(packet);
  return {
    name: readText(packet, AT.name, MAX_DM_NAME + 1),
    uuid: readText(packet, AT.uuid, MAX_DM_UUID + 1),
    dev: devIn(packet),
    suspended: (flags & DM_FLAG.suspend) !== 0,
    readOnly: (flags & DM_FLAG.readOnly) !== 0,
    openCount: readU32(packet, AT.openCount) | 0,
    eventNr: readU32(packet, AT.eventNr),
    hasLive: (flags & DM_FLAG.activePresent) !== 0,
    hasInactive: (flags & DM_FLAG.inactivePresent) !== 0,
  };
}

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

/**
 * The parts of a device number as the kernel packs it for this interface (huge_encode_dev): its low half has
 * all.
 */
export const majorOf = (dev: number): number => (dev >>> 8) & 0xfff;
export const minorOf = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);

const decodeDev = (buffer: Buffer, at: number): string => {
  const low = readU32(buffer, at);
  return `${majorOf(low)}:${minorOf(low)}`;
};

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

function writeText(buffer: Buffer, at: number, text: string, most: number, what: string): void {
  if (Buffer.byteLength(text) > most || text.includes("\0"))
    throw new DvmError("BAD_NAME", `${what} "${text}" is longer than ${most} bytes or has a NUL`);
  buffer.write(text, at);
}

/** Text up to its NUL. @param most bytes */
const readText = (buffer: Buffer, at: number, most: number): string =>
  buffer.toString("utf8", at, endOfText(buffer, at, most));

/** Where the NUL is that ends it, at most so many bytes on. */
function endOfText(buffer: Buffer, at: number, most: number): number {
  const last = Math.min(at + most, buffer.length);
  const end = buffer.indexOf(0, at);
  return end < 0 || end > last ? last : end;
}

function inside(data: Buffer, at: number, length: number): void {
  if (at + length > data.length)
    throw new DvmError("KERNEL", "device-mapper's answer is shorter than it says");
}
