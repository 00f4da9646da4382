/**
 * A node of the trees in a thin pool's metadata (struct btree_node of the kernel's dm-btree-internal.h): a
 * block of 4 KiB, little-endian. Behind the head stand `most` keys of 8 bytes, then as many values.
 *
 * | offset | size | field                              |
 * |--------|------|------------------------------------|
 * | 0      | 4    | checksum over what follows         |
 * | 4      | 4    | flags: 1 inner node, 2 leaf        |
 * | 8      | 8    | number of this block               |
 * | 16     | 4    | entries                            |
 * | 20     | 4    | most entries                       |
 * | 24     | 4    | bytes of a value: 8 of inner nodes |
 */
import { asBuffer, readU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, PAGE } from "../base/units.ts";
import { thinChecksum } from "./thin-superblock.ts";

const SALT = 121107;
const HEAD: Bytes = 32;
const KEY: Bytes = 8;
const INNER = 1;
const LEAF = 2;
/** Of values of inner nodes, block numbers. */
const POINTER: Bytes = 8;

export interface ThinNode {
  readonly isLeaf: boolean;
  /** Ascending. */
  readonly keys: readonly number[];
  /** As many. */
  readonly values: readonly Buffer[];
}

/**
 * @param block its 4 KiB
 * @param number of the block
 * @param valueBytes of a leaf's values
 * @throws DvmError CORRUPT for what the kernel has not written there
 */
export function decodeThinNode(
  block: Uint8Array,
  number: number,
  valueBytes: Bytes,
  where: string,
): ThinNode {
  const bytes = asBuffer(block).subarray(0, PAGE);
  const refuse = (what: string): never => {
    throw new DvmError("CORRUPT", `${where}: block ${number} of the thin pool's metadata ${what}`);
  };
  if (bytes.readUInt32LE(0) !== thinChecksum(bytes, SALT)) refuse("fails its checksum");
  if (bytes.readBigUInt64LE(8) !== BigInt(number)) refuse("is of another place");
  const flags = bytes.readUInt32LE(4);
  const isLeaf = flags === LEAF;
  if (!isLeaf && flags !== INNER) refuse("is no node of a tree");
  const [count, most, size] = [16, 20, 24].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  if (size !== (isLeaf ? valueBytes : POINTER)) refuse(`has values of ${size} bytes`);
  if (count > most || HEAD + most * (KEY + size) > PAGE) refuse(`has ${count} of ${most} entries`);
  const keys: number[] = [];
  const values: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = readU64(bytes, HEAD + index * KEY, `${where}: a key`);
    if (index > 0 && key <= (keys[index - 1] as number)) refuse("has keys out of order");
    keys.push(key);
    const at = HEAD + most * KEY + index * size;
    values.push(bytes.subarray(at, at + size));
  }
  return { isLeaf, keys, values };
}

/** A node as the kernel would write it. @throws nothing for entries that fit one */
export function encodeThinNode(
  number: number,
  isLeaf: boolean,
  valueBytes: Bytes,
  entries: readonly (readonly [key: number, value: Buffer])[],
): Buffer {
  const block = Buffer.alloc(PAGE);
  const most = mostEntries(valueBytes);
  block.writeUInt32LE(isLeaf ? LEAF : INNER, 4);
  block.writeBigUInt64LE(BigInt(number), 8);
  block.writeUInt32LE(entries.length, 16);
  block.writeUInt32LE(most, 20);
  block.writeUInt32LE(valueBytes, 24);
  for (const [index, [key, value]] of entries.entries()) {
    block.writeBigUInt64LE(BigInt(key), HEAD + index * KEY);
    value.copy(block, HEAD + most * KEY + index * valueBytes);
  }
  block.writeUInt32LE(thinChecksum(block, SALT), 0);
  return block;
}

/** Of a node: a multiple of three, as the kernel splits them. */
export const mostEntries = (valueBytes: Bytes): number =>
  Math.floor(Math.floor((PAGE - HEAD) / (KEY + valueBytes)) / 3) * 3;
