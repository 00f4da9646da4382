/** What a persistent store of a snapshot holds, on the disks below the simulated devices. */
import { readU64 } from "../../base/bytes.ts";
import { DvmError } from "../../base/error.ts";
import { SECTOR, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { COW_HEADER_BYTES, decodeCowHeader } from "../../dm/cow-header.ts";
import type { SimState } from "../dm-state.ts";
import type { LeafIo } from "./leaf-access.ts";
import { type LeafRange, piecesOf } from "./pieces.ts";

const ENTRY_BYTES = 16;

export interface CowEntries {
  readonly chunk: Sectors;
  /** Chunks of the origin, and where in the store what they are is kept. */
  readonly entries: readonly { readonly from: number; readonly at: number }[];
  /** How much of the store is its own: the header, and chunks of entries. */
  readonly metadata: Sectors;
}

/**
 * @returns undefined for a store that has never been written, or does not lie on disks in a simple way
 * @throws DvmError CORRUPT for one that is lost; what the system throws
 */
export function readCow(
  state: SimState,
  cow: string,
  size: Sectors,
  read: LeafIo["read"],
): CowEntries | undefined {
  const header = readRange(state, cow, 0, COW_HEADER_BYTES / SECTOR, read);
  const chunk = header && decodeCowHeader(header, cow);
  if (!chunk) return undefined;
  const perArea = sectorsToBytes(chunk) / ENTRY_BYTES;
  const entries: { from: number; at: number }[] = [];
  for (let area = 0; ; area += 1) {
    const place = areaAt(area, chunk);
    if (place + chunk > size) throw new DvmError("CORRUPT", `${cow}: its entries do not end`);
    const bytes = readRange(state, cow, place, chunk, read);
    if (!bytes) return undefined;
    for (let index = 0; index < perArea; index += 1) {
      const at = readU64(bytes, index * ENTRY_BYTES + 8, "a chunk");
      if (at === 0) return { chunk, entries, metadata: (area + 2) * chunk };
      entries.push({ from: readU64(bytes, index * ENTRY_BYTES, "a chunk"), at });
    }
  }
}

/** Where an area's chunk of entries begins. */
export const areaAt = (area: number, chunk: Sectors): Sectors =>
  (1 + area * (sectorsToBytes(chunk) / ENTRY_BYTES + 1)) * chunk;

/** undefined where it does not lie on disks in a simple way. */
export function readRange(
  state: SimState,
  token: string,
  start: Sectors,
  length: Sectors,
  read: LeafIo["read"],
): Buffer | undefined {
  const pieces = piecesOf(state, token, start, length);
  if (!pieces) return undefined;
  const buffer = Buffer.alloc(sectorsToBytes(length));
  eachPart(pieces, buffer, (piece, part) => read(piece.token, piece.start, part));
  return buffer;
}

/** Calls `act` with each piece and the part of the bytes that is there. */
export function eachPart(
  pieces: readonly LeafRange[],
  bytes: Uint8Array,
  act: (piece: LeafRange, part: Uint8Array) => void,
): void {
  let at = 0;
  for (const piece of pieces) {
    const end = at + sectorsToBytes(piece.length);
    act(piece, bytes.subarray(at, end));
    at = end;
  }
}
