/**
 * Packets of the dm ioctl, version 4, both ways: struct dm_ioctl of linux/dm-ioctl.h. What follows it is in
 * ioctl-data.ts. Pure; host/dm/kernel.ts hands them to the kernel. All integers are little-endian, as on
 * every machine that this runs on.
 */
import { readU32, writeU32 } from "../base/bytes.ts";
import type { DmInfo } from "../port/dm.ts";
import { decodeDev, readText, writeText } from "./ioctl-fields.ts";
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
