/**
 * What dm-raid knows by the superblocks of its legs. Its constructor reads them, once: a table knows nothing
 * of a leg that fails after it was loaded, and takes it for whole when it goes live. So does this one.
 *
 * Superblocks of a kernel are only told from none, and from what is none: as a kernel, it refuses an array
 * of which some legs have one and others hold something else. What the simulated kernel keeps there, where
 * the images lie that have failed, stands in the sector behind: it goes as a superblock goes, when the
 * metadata of a leg is wiped.
 */
import type { TableLine } from "../../../schema/index.ts";
import { SECTOR } from "../../base/units.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { type RaidDevice, raid } from "../../dm/targets/raid.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import type { SimState, SimTable } from "../dm-state.ts";
import type { LeafIo } from "./leaf-access.ts";
import { piecesOf } from "./pieces.ts";
import type { Around } from "./target.ts";

/** The sector of the metadata device where failures stand. */
const FAILURES = 1;

/** What the constructor finds. @throws TargetRefusal */
export function readSuperblocks({ params }: TableLine, { state, readLeaf }: Around): SimTable["learnt"] {
  if (!readLeaf) return undefined;
  const { devices, rebuild = [] } = raid.decodeParams(params);
  const metadata = devices.flatMap((device) => device.metadata ?? []);
  refuseNewAmongOld(
    devices.map((device) => device.metadata !== null && headOf(state, device.metadata, readLeaf) === "other"),
    rebuild,
  );
  const failed = metadata.flatMap((token) => failuresIn(state, token, readLeaf));
  const behind = devices.flatMap(({ data }, leg) =>
    data !== null && failed.includes(placeOf(state, data)) ? [leg] : [],
  );
  const ran = metadata.some((token) => headOf(state, token, readLeaf) !== "blank");
  return ran || behind.length > 0 ? { ran, behind } : undefined;
}

/**
 * A leg without a superblock is a new one, as one is that is to be rebuilt: all are, or those that are
 * rebuilt (super_init_validation of the kernel's dm-raid.c). What is blank is none here: that the simulated
 * kernel has run an array does not show in it.
 */
function refuseNewAmongOld(isNew: readonly boolean[], rebuild: readonly number[]): void {
  if (isNew.every(Boolean) || isNew.every((each, leg) => !each || rebuild.includes(leg))) return;
  throw new TargetRefusal(
    rebuild.length > 0
      ? "'rebuild' devices cannot be injected into a raid set with other first-time devices"
      : "New device injected into existing raid set without 'delta_disks' or 'rebuild' parameter specified",
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
    writeFailures(state, metadata, JSON.stringify([...new Set([...known, ...places])]), io);
  });
}

/** They have been rebuilt. */
export function forgetFailures(state: SimState, devices: readonly RaidDevice[], io: LeafIo): void {
  for (const { metadata } of devices) {
    if (metadata !== null && failuresIn(state, metadata, io.read).length > 0)
      writeFailures(state, metadata, "", io);
  }
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

function writeFailures(state: SimState, metadata: string, text: string, io: LeafIo): void {
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

/** What stands where a leg's superblock is; one that cannot be read is left out. */
function headOf(
  state: SimState,
  metadata: string,
  readLeaf: LeafIo["read"],
): "blank" | "superblock" | "other" | "unread" {
  const [piece] = piecesOf(state, metadata, 0, 1) ?? [];
  if (piece === undefined) return "unread";
  const head = new Uint8Array(RAID_SUPERBLOCK_BYTES);
  try {
    readLeaf(piece.token, piece.start, head);
  } catch {
    return "unread";
  }
  try {
    return decodeRaidSuperblock(head, metadata) === null ? "blank" : "superblock";
  } catch {
    return "other";
  }
}
