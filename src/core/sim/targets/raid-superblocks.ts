/**
 * What dm-raid knows by the superblocks of its legs. Its constructor reads them, once: a table knows nothing of a leg that
 * fails after it was loaded, and takes it for whole when it goes live. So does this one.
 *
 * Superblocks that a kernel has written are read from the disks. Those of the simulated kernel are kept in its state: which
 * images an array has recorded as failed.
 */
import type { TableLine } from "../../../schema/index.ts";
import { decodeRaidSuperblock, RAID_SUPERBLOCK_BYTES } from "../../dm/raid-superblock.ts";
import { type RaidDevice, raid } from "../../dm/targets/raid.ts";
import { deviceOf } from "../dm-devices.ts";
import { keyOf, type SimState, type SimTable } from "../dm-state.ts";
import { piecesOf } from "./pieces.ts";
import type { Around } from "./target.ts";

/** What the constructor finds. */
export function readSuperblocks({ params }: TableLine, { state, readLeaf }: Around): SimTable["learnt"] {
  const { devices } = raid.decodeParams(params);
  const behind = devices.flatMap(({ data }, leg) =>
    data !== null && state.failedImages?.includes(imageKey(state, data)) ? [leg] : [],
  );
  const ran = devices.some(({ metadata }) => metadata !== null && !isBlank(state, metadata, readLeaf));
  return ran || behind.length > 0 ? { ran, behind } : undefined;
}

/** The legs that a live raid has to rebuild: as its table says, and as its constructor has read. Those that have failed wait. */
export function rebuildingIn({ lines, rebuilt, failed = [], learnt }: SimTable): number[] {
  const line = lines.find(isRaid);
  if (!line || rebuilt) return [];
  const { rebuild = [] } = raid.decodeParams(line.params);
  return [...new Set([...rebuild, ...(learnt?.behind ?? [])])].filter((leg) => !failed.includes(leg));
}

/** What the legs that are left write of those that have failed. */
export function keepFailures(state: SimState, { lines }: SimTable, failing: readonly number[]): void {
  const line = lines.find(isRaid);
  if (!line) return;
  const { devices } = raid.decodeParams(line.params);
  const keys = failing.flatMap((leg) => devices[leg]?.data ?? []).map((token) => imageKey(state, token));
  state.failedImages = [...new Set([...(state.failedImages ?? []), ...keys])];
}

/** They have been rebuilt. */
export function forgetFailures(state: SimState, devices: readonly RaidDevice[]): void {
  const keys = devices.flatMap(({ data }) => (data === null ? [] : [imageKey(state, data)]));
  state.failedImages = state.failedImages?.filter((key) => !keys.includes(key)) ?? [];
}

/** Other targets may stand beside it. */
const isRaid = ({ type }: TableLine): boolean => type === raid.type;

const imageKey = (state: SimState, token: string): string => keyOf(token, deviceOf(state, token));

function isBlank(state: SimState, metadata: string, readLeaf: Around["readLeaf"]): boolean {
  if (!readLeaf) return true;
  const [piece] = piecesOf(state, metadata, 0, 1) ?? [];
  const head = new Uint8Array(RAID_SUPERBLOCK_BYTES);
  try {
    if (piece) readLeaf(piece.token, piece.start, head);
    return piece !== undefined && decodeRaidSuperblock(head, metadata) === null;
  } catch {
    return false;
  }
}
