/**
 * Rebuilds legs of striped arrays, chunk by chunk: what raid10 has elsewhere too, and what parity makes of
 * the others.
 */
import { SECTOR, type Sectors } from "../../base/units.ts";
import { placesOfChunk } from "../../dm/targets/raid/copies-layout.ts";
import { type Blocks, fillData, fillParity } from "../../dm/targets/raid/parity.ts";
import { hasParity, parityRows } from "../../dm/targets/raid/parity-layout.ts";
import { memberLength, type Raid } from "../../dm/targets/raid.ts";
import type { SimState } from "../dm-state.ts";
import type { LeafIo } from "./leaf-access.ts";
import { piecesOf } from "./pieces.ts";

/**
 * @param raid the legs that are neither read nor written have no data device
 * @param length of the array
 * @returns false when too much is missing, or a leg is neither linear nor striped; throws what a disk throws
 */
export function rebuildRows(state: SimState, raid: Raid, length: Sectors, io: LeafIo): boolean {
  const { type, devices, rebuild = [], chunkSize } = raid;
  const images = devices.map(({ data }) => (data === null ? undefined : data));
  const sources = images.map((token, leg) => (rebuild.includes(leg) ? undefined : token));
  const rows = memberLength(raid, { start: 0, length }) / chunkSize;
  const rowOf = hasParity(type) ? parityRows(type, devices.length) : undefined;
  const at = (row: number) => row * chunkSize;
  if (rowOf) {
    for (let row = 0; row < rows; row += 1) {
      const blocks: Blocks = sources.map((token) =>
        token === undefined ? undefined : readChunk(state, token, at(row), chunkSize, io),
      );
      if (!fillData(rowOf(row), blocks)) return false;
      fillParity(rowOf(row), blocks);
      for (const leg of rebuild)
        if (!writeChunk(state, images[leg], at(row), blocks[leg] as Uint8Array, io)) return false;
    }
  } else {
    const copies = raid.options?.raid10_copies ?? 2;
    const layout = { legs: devices.length, copies, format: raid.raid10Format ?? "near", rows };
    for (let chunk = 0; chunk < length / chunkSize; chunk += 1) {
      const places = placesOfChunk(layout, chunk);
      const wanted = places.filter(({ leg }) => rebuild.includes(leg));
      const source = places.find(({ leg }) => sources[leg] !== undefined);
      if (wanted.length === 0) continue;
      const block = source && readChunk(state, sources[source.leg] as string, at(source.row), chunkSize, io);
      if (!block) return false;
      for (const { leg, row } of wanted)
        if (!writeChunk(state, images[leg], at(row), block, io)) return false;
    }
  }
  for (const leg of rebuild) {
    const pieces = piecesOf(state, images[leg] ?? "", 0, at(rows)) ?? [];
    for (const token of new Set(pieces.map((piece) => piece.token))) io.flush(token);
  }
  return true;
}

function readChunk(
  state: SimState,
  token: string,
  start: Sectors,
  length: Sectors,
  io: LeafIo,
): Uint8Array | undefined {
  const pieces = piecesOf(state, token, start, length);
  if (!pieces) return undefined;
  const chunk = Buffer.alloc(length * SECTOR);
  let done = 0;
  for (const piece of pieces) {
    io.read(piece.token, piece.start, chunk.subarray(done, done + piece.length * SECTOR));
    done += piece.length * SECTOR;
  }
  return chunk;
}

/** Writes only what differs, so that holes in image files stay. */
function writeChunk(
  state: SimState,
  token: string | undefined,
  start: Sectors,
  bytes: Uint8Array,
  io: LeafIo,
): boolean {
  const pieces = token === undefined ? undefined : piecesOf(state, token, start, bytes.length / SECTOR);
  if (!pieces) return false;
  let done = 0;
  for (const piece of pieces) {
    const part = Buffer.from(bytes.subarray(done, done + piece.length * SECTOR));
    const found = Buffer.alloc(part.length);
    io.read(piece.token, piece.start, found);
    if (!found.equals(part)) io.write(piece.token, piece.start, part);
    done += part.length;
  }
  return true;
}
