/**
 * Packets of the dm ioctl, version 4, both ways: struct dm_ioctl of linux/dm-ioctl.h and what follows it.
 * Pure; host/dm-kernel.ts hands them to the kernel. All integers are little-endian, as on every machine that
 * this runs on.
 */
import type { TableLine } from "../../schema/index.ts";
import { readU64, writeU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import type { DmInfo, StatusLine } from "../port/dm.ts";
import { MAX_DM_NAME, MAX_DM_UUID } from "./name.ts";

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
export const dmRequest = (command: number): number =>
  0xc0000000 + (HEADER_BYTES << 16) + (0xfd << 8) + command;

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
 * @param packetOf gives a buffer of zeros of that length for it
 * @throws DvmError BAD_NAME for a name or uuid that does not fit
 */
export function encodePacket(
  { name = "", uuid = "", flags = 0, eventNr = 0, targetCount = 0, data = NO_DATA, room = 0 }: DmRequest,
  packetOf: (bytes: number) => Buffer = newPacket,
): Buffer {
  const packet = packetOf(HEADER_BYTES + Math.max(data.length, room));
  packet.writeUInt32LE(4, AT.version); // 4.0.0: what is used here is as old as that
  packet.writeUInt32LE(packet.length, AT.dataSize);
  packet.writeUInt32LE(HEADER_BYTES, AT.dataStart);
  packet.writeUInt32LE(targetCount, AT.targetCount);
  packet.writeUInt32LE(flags, AT.flags);
  packet.writeUInt32LE(eventNr, AT.eventNr);
  writeText(packet, AT.name, name, MAX_DM_NAME, "dm name");
  writeText(packet, AT.uuid, uuid, MAX_DM_UUID, "dm uuid");
  packet.set(data, HEADER_BYTES);
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
  const flags = packet.readUInt32LE(AT.flags);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const end = Math.min(packet.readUInt32LE(AT.dataSize), packet.length);
  const start = Math.min(packet.readUInt32LE(AT.dataStart), end);
  return {
    version: [packet.readUInt32LE(0), packet.readUInt32LE(4), packet.readUInt32LE(8)],
    flags,
    targetCount: packet.readUInt32LE(AT.targetCount),
    info: {
      name: readText(packet, AT.name, MAX_DM_NAME + 1),
      uuid: readText(packet, AT.uuid, MAX_DM_UUID + 1),
      dev: decodeDev(packet, AT.dev),
      suspended: has(DM_FLAG.suspend),
      readOnly: has(DM_FLAG.readOnly),
      openCount: packet.readInt32LE(AT.openCount),
      eventNr: packet.readUInt32LE(AT.eventNr),
      hasLive: has(DM_FLAG.activePresent),
      hasInactive: has(DM_FLAG.inactivePresent),
    },
    data: packet.subarray(start, end),
  };
}

/** The data of load: a dm_target_spec and its parameters for each line, each at a multiple of 8 bytes. */
export function encodeTable(table: readonly TableLine[]): Buffer {
  return Buffer.concat(
    table.map(({ start, length, type, params }) => {
      const text = Buffer.from(params);
      const spec = Buffer.alloc(align(SPEC_BYTES + text.length + 1));
      writeU64(spec, 0, start);
      writeU64(spec, 8, length);
      spec.writeUInt32LE(spec.length, 20);
      writeText(spec, 24, type, TYPE_BYTES - 1, "target type");
      spec.set(text, SPEC_BYTES);
      return spec;
    }),
  );
}

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
    const next = data.readUInt32LE(at + 20);
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

/** The data of list: records of u64 dev, u32 next (from this record; 0 in the last), name. */
export function decodeList(data: Buffer): { name: string; dev: string }[] {
  const entries: { name: string; dev: string }[] = [];
  for (let at = 0, next = 1; next !== 0; at += next) {
    if (data.length - at < 12) break;
    const dev = decodeDev(data, at);
    if (dev === "0:0") break; // there are no devices
    next = data.readUInt32LE(at + 8);
    entries.push({ name: readText(data, at + 12, data.length - at - 12), dev });
  }
  return entries;
}

/** In what follows a name in the list. */
const HAS_UUID = 1;

/**
 * The same data when uuids were asked for: u32 event number, u32 flags and the uuid follow the name, at a multiple of 8.
 * @returns the uuids by the minor part of the device's number; "" for a device without one
 */
export function decodeUuids(data: Buffer): Map<number, string> {
  const uuids = new Map<number, string>();
  for (let at = 0, next = 1; next !== 0; at += next) {
    if (data.length - at < 12) break;
    const dev = data.readUInt32LE(at);
    if (dev === 0) break; // there are no devices
    next = data.readUInt32LE(at + 8);
    const after = align(at + 12 + Buffer.byteLength(readText(data, at + 12, data.length - at - 12)) + 1);
    inside(data, after, 8);
    const has = (data.readUInt32LE(after + 4) & HAS_UUID) !== 0;
    uuids.set(minorOf(dev), has ? readText(data, after + 8, data.length - after - 8) : "");
  }
  return uuids;
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

/** The parts of a device number as the kernel packs it for this interface (huge_encode_dev): its low half has all. */
export const majorOf = (dev: number): number => (dev >>> 8) & 0xfff;
export const minorOf = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);

const decodeDev = (buffer: Buffer, at: number): string => {
  const low = buffer.readUInt32LE(at);
  return `${majorOf(low)}:${minorOf(low)}`;
};

const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;

function writeText(buffer: Buffer, at: number, text: string, most: number, what: string): void {
  if (Buffer.byteLength(text) > most || text.includes("\0"))
    throw new DvmError("BAD_NAME", `${what} "${text}" is longer than ${most} bytes or has a NUL`);
  buffer.write(text, at);
}

function readText(buffer: Buffer, at: number, most: number): string {
  const last = Math.min(at + most, buffer.length);
  const end = buffer.indexOf(0, at);
  return buffer.toString("utf8", at, end < 0 || end > last ? last : end);
}

function inside(data: Buffer, at: number, length: number): void {
  if (at + length > data.length)
    throw new DvmError("KERNEL", "device-mapper's answer is shorter than it says");
}
