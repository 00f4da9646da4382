/**
 * What dm-raid knows by the superblocks of its legs. Its constructor reads them, once: a table knows nothing
 * of a leg that fails after it was loaded, and takes it for whole when it goes live. So does this one.
 *
 * Superblocks of a kernel are only told from none, and from what is none. Those that were made for an array
 * that none has run are read, and kept as a kernel keeps them. What the simulated kernel writes itself, where
 * the images lie that have failed, stands in the sector behind, from when it has run the array: it goes as a
 * superblock goes, when the metadata of a leg is wiped.
 */
import type { TableLine } from "../../../schema/index.ts";
import { isZero } from "../../base/bytes.ts";
import { SECTOR } from "../../base/units.ts";
import { FIRST_EVENTS } from "../../dm/raid-metadata.ts";
import {
  decodeRaidSuperblock,
  markRun,
  RAID_SUPERBLOCK_BYTES,
  type RaidSuperblock,
} from "../../dm/raid-superblock.ts";
import { suffices } from "../../dm/targets/raid/redundancy.ts";
import { type Raid, type RaidDevice, raid, redundancyOf } from "../../dm/targets/raid.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { deviceOf } from "../dm-devices.ts";
import type { SimState, SimTable } from "../dm-state.ts";
import type { LeafIo } from "./leaf-access.ts";
import { piecesOf } from "./pieces.ts";
import type { Around } from "./target.ts";

/** The sector of the metadata device where failures stand. */
const FAILURES = 1;

/** Of superblocks that were made for an array that no kernel has run, when this one has. */
const EVENTS = FIRST_EVENTS + 1n;

/**
 * What the constructor finds. A leg whose superblock cannot be read is left out, as one that has failed
 * (analyse_superblocks of the kernel's dm-raid.c).
 * @throws TargetRefusal
 */
export function readSuperblocks(
  { params }: TableLine,
  { state, readLeaf }: Around,
): Pick<SimTable, "learnt" | "failed"> {
  const array = raid.decodeParams(params);
  const unread = unreadLegs(state, array);
  const learnt = readLeaf && readTheOthers(array, unread, state, readLeaf);
  return { ...(learnt && { learnt }), ...(unread.length > 0 && { failed: unread }) };
}

/** @throws TargetRefusal where the others are not enough */
function unreadLegs(state: SimState, array: Raid): readonly number[] {
  const { unread = [] } = state;
  if (unread.length === 0 || array.type === "raid0") return [];
  const isUnread = ({ metadata }: RaidDevice) =>
    metadata !== null && unread.includes(deviceOf(state, metadata)?.name ?? "");
  const legs = array.devices.flatMap((device, leg) => (isUnread(device) ? [leg] : []));
  const isLeft = (leg: number) => array.devices[leg]?.data !== null && !legs.includes(leg);
  if (legs.length > 0 && !suffices(redundancyOf(array), isLeft))
    throw new TargetRefusal("Insufficient redundancy to activate array");
  return legs;
}

/** @throws TargetRefusal */
function readTheOthers(
  array: Raid,
  unread: readonly number[],
  state: SimState,
  readLeaf: LeafIo["read"],
): SimTable["learnt"] {
  const devices = array.devices.map((device, leg) =>
    unread.includes(leg) ? { data: null, metadata: null } : device,
  );
  refuseNewAmongOld({ ...array, devices }, (token) => isUnknown(state, token, readLeaf));
  const metadata = devices.flatMap((device) => device.metadata ?? []);
  const failed = metadata.flatMap((token) => failuresIn(state, token, readLeaf));
  const isBehind = ({ data, metadata: meta }: RaidDevice): boolean =>
    data !== null &&
    (failed.includes(placeOf(state, data)) || (meta !== null && isOurs(superblockOf(meta)) === "behind"));
  const superblockOf = (token: string) => readSuperblock(state, token, readLeaf);
  const behind = devices.flatMap((device, leg) => (isBehind(device) ? [leg] : []));
  const ran = metadata.some((token) => isOurs(superblockOf(token)) === undefined);
  return ran || behind.length > 0 ? { ran, behind } : undefined;
}

/**
 * A leg without a superblock is a new one, as one is that is to be rebuilt: all are, or those that are
 * rebuilt (super_init_validation of the kernel's dm-raid.c).
 */
function refuseNewAmongOld({ devices, rebuild = [] }: Raid, isUnknown: (metadata: string) => boolean): void {
  const isNew = devices.map(({ metadata }) => metadata !== null && isUnknown(metadata));
  if (isNew.every(Boolean) || isNew.every((each, leg) => !each || rebuild.includes(leg))) return;
  throw new TargetRefusal(
    rebuild.length > 0
      ? "'rebuild' devices cannot be injected into a raid set with other first-time devices"
      : "New device injected into existing raid set without 'delta_disks' or 'rebuild' parameter specified",
  );
}

/** From now on a kernel has run the array. */
export function keepRun(state: SimState, { params }: TableLine, io: LeafIo): void {
  for (const [leg, { metadata }] of raid.decodeParams(params).devices.entries()) {
    if (metadata === null) continue;
    if (isBlankBehind(state, metadata, io.read)) writeBehind(state, metadata, "[]", io);
    const before = readSuperblock(state, metadata, io.read);
    if (before && isOurs(before) === "whole")
      writeHead(state, metadata, markRun(before.bytes, EVENTS, leg), io);
  }
}

/** Nothing, of which the simulated kernel does not know either, or something else than a superblock. */
function isUnknown(state: SimState, metadata: string, read: LeafIo["read"]): boolean {
  const head = readSuperblock(state, metadata, read);
  if (head) return head.isOther === true;
  return (
    isBlankBehind(state, metadata, read) &&
    !state.devices.some(({ live }) => live?.lines.some(isRaid) && live.uses.includes(metadata))
  );
}

/**
 * The legs that a live raid has to rebuild: as its table says, and as its constructor has read. Those that
 * have failed wait.
 */
export function rebuildingIn({ lines, rebuilt, failed = [], learnt }: SimTable): number[] {
  const line = lines.find(isRaid);
  if (!line || rebuilt) return [];
  const { rebuild = [] } = raid.decodeParams(line.params);
  return [...new Set([...rebuild, ...(learnt?.behind ?? [])])].filter((leg) => !failed.includes(leg));
}

/** What the legs that are left write of those that have failed. */
export function keepFailures(
  state: SimState,
  { lines }: SimTable,
  failing: readonly number[],
  io: LeafIo,
): void {
  const line = lines.find(isRaid);
  if (!line) return;
  const { devices } = raid.decodeParams(line.params);
  const places = failing.flatMap((leg) => devices[leg]?.data ?? []).map((token) => placeOf(state, token));
  devices.forEach(({ metadata }, leg) => {
    if (metadata === null || failing.includes(leg)) return;
    const known = failuresIn(state, metadata, io.read);
    writeBehind(state, metadata, JSON.stringify([...new Set([...known, ...places])]), io);
  });
}

/** They have been rebuilt. */
export function forgetFailures(state: SimState, devices: readonly RaidDevice[], io: LeafIo): void {
  for (const { metadata } of devices) {
    if (metadata !== null && failuresIn(state, metadata, io.read).length > 0)
      writeBehind(state, metadata, "[]", io);
  }
  const heads = devices.map(({ metadata }) =>
    metadata === null ? null : readSuperblock(state, metadata, io.read),
  );
  const [known] = heads.flatMap((head) => (head?.superblock ? [head.bytes] : []));
  if (!known) return;
  devices.forEach(({ metadata }, leg) => {
    const head = heads[leg];
    if (metadata === null || (head && !head.superblock)) return;
    writeHead(state, metadata, markRun(head?.bytes ?? known, EVENTS, leg), io);
  });
}

/** Where an image begins: its number may come to be another image's. */
function placeOf(state: SimState, token: string): string {
  const [piece] = piecesOf(state, token, 0, 1) ?? [];
  return piece ? `${piece.token} ${piece.start}` : token;
}

function failuresIn(state: SimState, metadata: string, read: LeafIo["read"]): string[] {
  const [piece] = piecesOf(state, metadata, FAILURES, 1) ?? [];
  const sector = Buffer.alloc(SECTOR);
  try {
    if (piece) read(piece.token, piece.start, sector);
    const places: unknown = JSON.parse(sector.toString().replace(/\0+$/, ""));
    return Array.isArray(places) ? places.map(String) : [];
  } catch {
    return [];
  }
}

function writeBehind(state: SimState, metadata: string, text: string, io: LeafIo): void {
  const [piece] = piecesOf(state, metadata, FAILURES, 1) ?? [];
  if (!piece) return;
  try {
    io.write(piece.token, piece.start, Buffer.concat([Buffer.from(text)], SECTOR));
    io.flush(piece.token);
  } catch {
    // As a superblock that could not be written.
  }
}

/** Other targets may stand beside it. */
const isRaid = ({ type }: TableLine): boolean => type === raid.type;

interface Head {
  readonly superblock?: RaidSuperblock;
  readonly bytes: Buffer;
  /** Something else stands there. */
  readonly isOther?: true;
}

/** @returns null when there is none; without a superblock when it cannot be read, or is something else */
function readSuperblock(state: SimState, metadata: string, readLeaf: LeafIo["read"]): Head | null {
  const [piece] = piecesOf(state, metadata, 0, 1) ?? [];
  const bytes = Buffer.alloc(RAID_SUPERBLOCK_BYTES);
  try {
    if (!piece) return { bytes };
    readLeaf(piece.token, piece.start, bytes);
  } catch {
    return { bytes };
  }
  try {
    const superblock = decodeRaidSuperblock(bytes, metadata);
    return superblock && { superblock, bytes };
  } catch {
    return { bytes, isOther: true };
  }
}

/** Whether a leg has a superblock that no kernel but this one has run; undefined: one of another kernel. */
function isOurs(head: Head | null): "none" | "whole" | "behind" | undefined {
  if (!head) return "none";
  const { events = 0n, recovered } = head.superblock ?? {};
  if (events < FIRST_EVENTS || events > EVENTS) return undefined;
  return recovered ? "whole" : "behind";
}

function writeHead(state: SimState, metadata: string, bytes: Buffer, io: LeafIo): void {
  const [piece] = piecesOf(state, metadata, 0, 1) ?? [];
  if (piece) io.write(piece.token, piece.start, bytes);
}

function isBlankBehind(state: SimState, metadata: string, read: LeafIo["read"]): boolean {
  const [piece] = piecesOf(state, metadata, FAILURES, 1) ?? [];
  const sector = Buffer.alloc(SECTOR);
  try {
    if (piece) read(piece.token, piece.start, sector);
    return piece !== undefined && isZero(sector);
  } catch {
    return false;
  }
}
