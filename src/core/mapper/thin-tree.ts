/**
 * Where the chunks of one thin device lie, by the trees in its pool's metadata
 * (drivers/md/dm-thin-metadata.c): the tree of mappings has, for the id of each device, the root of a tree of
 * its own, and that has, for each chunk that was written, a chunk of the data device and the time it was
 * taken at (the lowest 24 bits).
 */
import { DvmError } from "../base/error.ts";
import { PAGE, type Sectors } from "../base/units.ts";
import { decodeThinNode, type ThinNode } from "../dm/thin-node.ts";
import { decodeThinSuperblock, type ThinSuperblock } from "../dm/thin-superblock.ts";
import type { Layer } from "./layer.ts";

const VALUE_BYTES = 8;
const TIME_BITS = 24n;
/** More than a tree of 2^64 keys has. */
const MAX_DEPTH = 16;
/** So many nodes are kept: some 24 MB. */
const MOST_KEPT = 4096;

export class ThinTree {
  readonly #metadata: Layer;
  readonly #where: string;
  readonly #kept = new Map<number, ThinNode>();
  readonly #superblock: ThinSuperblock;

  private constructor(metadata: Layer, superblock: ThinSuperblock, where: string) {
    this.#metadata = metadata;
    this.#superblock = superblock;
    this.#where = where;
  }

  /** @returns undefined when no kernel has run the pool yet. @throws DvmError CORRUPT, UNSUPPORTED, IO */
  static async open(metadata: Layer, where: string): Promise<ThinTree | undefined> {
    const block = Buffer.alloc(PAGE);
    await metadata.read(0, block);
    const superblock = decodeThinSuperblock(block, `${where}: ${metadata.path}`);
    return superblock ? new ThinTree(metadata, superblock, where) : undefined;
  }

  get transactionId(): number {
    return this.#superblock.transactionId;
  }

  /** Of a chunk. */
  get blockSize(): Sectors {
    return this.#superblock.blockSize;
  }

  get needsCheck(): boolean {
    return this.#superblock.needsCheck;
  }

  /** @returns the root of a device's own tree; undefined: no such device. @throws DvmError CORRUPT, IO */
  async rootOf(id: number): Promise<number | undefined> {
    const value = await this.#find(this.#superblock.mappingRoot, id);
    return value === undefined ? undefined : this.#number(value);
  }

  /** @returns a chunk of the data device; undefined: it was never written. @throws DvmError CORRUPT, IO */
  async chunkAt(root: number, chunk: number): Promise<number | undefined> {
    const value = await this.#find(root, chunk);
    return value === undefined ? undefined : this.#number(value >> TIME_BITS);
  }

  async #find(root: number, key: number): Promise<bigint | undefined> {
    let number = root;
    let [least, most] = [0, Number.POSITIVE_INFINITY];
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
      const { isLeaf, keys, values } = await this.#node(number);
      const [first, last] = [keys[0], keys.at(-1)];
      if (first !== undefined && last !== undefined && (first < least || last >= most))
        throw this.#corrupt(`block ${number} has keys from ${first} to ${last}, not from ${least} on`);
      const at = lastUpTo(keys, key);
      const value = values[at]?.readBigUInt64LE(0);
      if (isLeaf) return keys[at] === key ? value : undefined;
      if (value === undefined) return undefined;
      [least, most] = [keys[at] ?? 0, keys[at + 1] ?? most];
      number = this.#number(value);
    }
    throw this.#corrupt("a tree has no end");
  }

  async #node(number: number): Promise<ThinNode> {
    const kept = this.#kept.get(number);
    if (kept) return kept;
    if ((number + 1) * PAGE > this.#metadata.size || number === 0)
      throw this.#corrupt(`block ${number} lies outside of it`);
    const block = Buffer.alloc(PAGE);
    await this.#metadata.read(number * PAGE, block);
    const node = decodeThinNode(block, number, VALUE_BYTES, this.#where);
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(number, node);
    return node;
  }

  #number(value: bigint): number {
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#corrupt(`names block ${value}`);
    return Number(value);
  }

  #corrupt(what: string): DvmError {
    return new DvmError("CORRUPT", `${this.#where}: the thin pool's metadata is damaged: ${what}`);
  }
}

/** The place of the last key that is not above `key`; -1 when there is none. */
function lastUpTo(keys: readonly number[], key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? 0) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
