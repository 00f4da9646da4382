/**
 * What the simulated kernel keeps of a cache: in the first page of its metadata, which chunks of the origin
 * it has, and which of them the origin lacks. A page of zeroes is a cache that is empty, as to a kernel.
 */
import { PAGE, SECTOR, type Sectors } from "../../base/units.ts";
import type { SimState } from "../dm-state.ts";
import { eachPart, readRange } from "./cow-entries.ts";
import type { LeafIo } from "./leaf-access.ts";
import { piecesOf } from "./pieces.ts";

export interface CacheRecord {
  /** In sectors, of each chunk; 0: it has not been told yet. */
  readonly blockSize: Sectors;
  /** For each chunk of the cache, the chunk of the origin that is there. */
  readonly chunks: readonly number[];
  /** Those that the origin does not have yet, by their place in the cache. */
  readonly dirty: readonly number[];
}

const MARK = "simulated cache ";
const EMPTY: CacheRecord = { blockSize: 0, chunks: [], dirty: [] };

/**
 * @returns the empty one for metadata that is another's, undefined for what does not lie on disks in a simple
 *   way
 */
export function readCacheRecord(
  state: SimState,
  metadata: string,
  read: LeafIo["read"],
): CacheRecord | undefined {
  const text = readRange(state, metadata, 0, PAGE / SECTOR, read)?.toString("latin1");
  if (text === undefined) return undefined;
  if (!text.startsWith(MARK)) return EMPTY;
  return JSON.parse(text.slice(MARK.length, text.indexOf("\0"))) as CacheRecord;
}

export function writeCacheRecord(state: SimState, metadata: string, record: CacheRecord, io: LeafIo): void {
  const page = Buffer.alloc(PAGE);
  page.write(`${MARK}${JSON.stringify(record)}`, "latin1");
  writeRange(state, metadata, 0, page, io);
}

/** Writes, and flushes. @throws Error where it does not lie on disks in a simple way */
export function writeRange(
  state: SimState,
  token: string,
  start: Sectors,
  bytes: Uint8Array,
  io: LeafIo,
): void {
  const pieces = piecesOf(state, token, start, bytes.length / SECTOR);
  if (!pieces) throw new Error(`${token} is neither linear nor striped`);
  eachPart(pieces, bytes, (piece, part) => io.write(piece.token, piece.start, part));
  for (const { token: leaf } of pieces) io.flush(leaf);
}
