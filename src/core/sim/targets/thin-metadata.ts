/**
 * What the simulated kernel writes into the metadata of a pool, as a kernel would: the transaction id, which
 * thin devices there are, and that none of them has any chunk. By that a pool is known again, and read
 * without a kernel.
 */
import { DvmError } from "../../base/error.ts";
import { PAGE, SECTORS_PER_PAGE, type Sectors } from "../../base/units.ts";
import { decodeThinNode, encodeThinNode, mostEntries } from "../../dm/thin-node.ts";
import { decodeThinSuperblock, encodeThinSuperblock } from "../../dm/thin-superblock.ts";
import type { SimPool } from "../dm-state.ts";
import { piecesOf } from "./pieces.ts";
import type { Around } from "./target.ts";

/** Chunks, transaction id, times of creation and of the last snapshot. */
const DETAILS_BYTES = 24;
const POINTER_BYTES = 8;
/** The tree of a device without chunks; it is everybody's. */
const EMPTY = 1;

/** Writes all of it anew; what does not fit, or lies where this cannot write, is left. */
export function keepPool(pool: SimPool, metadata: string, around: Around): void {
  const { writeLeaf } = around;
  if (!writeLeaf) return;
  const blocks = encodePool(pool, Math.floor(around.sizeOf(metadata) / SECTORS_PER_PAGE));
  if (blocks.length * SECTORS_PER_PAGE > around.sizeOf(metadata)) return;
  // The superblock comes last.
  for (const [number, block] of [...blocks.entries()].reverse()) {
    const piece = pieceOf(around, metadata, number);
    if (piece) writeLeaf(piece.token, piece.start, block);
  }
}

/** Undefined when there is none: it is all zero, or cannot be read. @throws DvmError CORRUPT */
export function readPool(metadata: string, around: Around): SimPool | undefined {
  const block = (number: number): Buffer | undefined => {
    const piece = pieceOf(around, metadata, number);
    if (!piece || !around.readLeaf) return undefined;
    const bytes = Buffer.alloc(PAGE);
    around.readLeaf(piece.token, piece.start, bytes);
    return bytes;
  };
  const first = block(0);
  const found = first && decodeThinSuperblock(first, metadata);
  if (!found) return undefined;
  const thins: SimPool["thins"] = {};
  const walk = (number: number): void => {
    const bytes = block(number);
    if (!bytes) throw new DvmError("CORRUPT", `${metadata}: has no block ${number}`);
    const { isLeaf, keys, values } = decodeThinNode(bytes, number, DETAILS_BYTES, metadata);
    values.forEach((value, index) => {
      const first64 = Number(value.readBigUInt64LE(0));
      if (!isLeaf) walk(first64);
      else thins[keys[index] as number] = { origin: null, transactionId: Number(value.readBigUInt64LE(8)) };
    });
  };
  walk(found.detailsRoot);
  return { transactionId: found.transactionId, thins, blockSize: found.blockSize, blocks: 0 };
}

function pieceOf({ state }: Around, metadata: string, number: number) {
  const pieces = piecesOf(state, metadata, number * SECTORS_PER_PAGE, SECTORS_PER_PAGE);
  return pieces?.length === 1 ? pieces[0] : undefined;
}

function encodePool({ transactionId, thins, blockSize }: SimPool, size: Sectors): Buffer[] {
  const blocks: Buffer[] = [Buffer.alloc(0), encodeThinNode(EMPTY, true, POINTER_BYTES, [])];
  const ids = Object.keys(thins)
    .map(Number)
    .sort((a, b) => a - b);
  const pointer = (to: number): Buffer => {
    const value = Buffer.alloc(POINTER_BYTES);
    value.writeBigUInt64LE(BigInt(to));
    return value;
  };
  const details = (id: number): Buffer => {
    const value = Buffer.alloc(DETAILS_BYTES);
    value.writeBigUInt64LE(BigInt(thins[id]?.transactionId ?? 0), 8);
    return value;
  };
  const tree = (isLeaf: boolean, bytes: number, entries: readonly (readonly [number, Buffer])[]): number => {
    const most = mostEntries(bytes);
    const nodes: [number, Buffer][] = [];
    for (let at = 0; at === 0 || at < entries.length; at += most) {
      const number = blocks.length;
      blocks.push(encodeThinNode(number, isLeaf, bytes, entries.slice(at, at + most)));
      nodes.push([entries[at]?.[0] ?? 0, pointer(number)]);
    }
    return nodes.length === 1 ? blocks.length - 1 : tree(false, POINTER_BYTES, nodes);
  };
  const mappingRoot = tree(
    true,
    POINTER_BYTES,
    ids.map((id) => [id, pointer(EMPTY)] as const),
  );
  const detailsRoot = tree(
    true,
    DETAILS_BYTES,
    ids.map((id) => [id, details(id)] as const),
  );
  const root = { needsCheck: false, transactionId, mappingRoot, detailsRoot, blockSize };
  blocks[0] = encodeThinSuperblock(root, size);
  return blocks;
}
