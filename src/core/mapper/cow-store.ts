/**
 * The persistent exception store of a snapshot (drivers/md/dm-snap-persistent.c): which chunks of the origin
 * have a copy of their own on the COW device, and where. Chunk 0 is the header. From chunk 1 on follow areas:
 * one metadata chunk of 16-byte entries (old chunk, new chunk; new chunk 0 ends the list), then as many data
 * chunks as the metadata chunk has entries.
 *
 * Invariants: data are durable before the entry that points to them is written; the metadata chunk after a
 * full one is zero before the full one is written, since a reader goes on until an entry is zero.
 */
import { asBuffer, readU64, writeU64 } from "../base/bytes.ts";
import { DvmError } from "../base/error.ts";
import { type Bytes, type Sectors, sectorsToBytes } from "../base/units.ts";
import { COW_HEADER_BYTES, decodeCowHeader, encodeCowHeader } from "../dm/cow-header.ts";
import { allSettled } from "./all-settled.ts";
import type { Layer } from "./layer.ts";

const ENTRY_BYTES = 16;

export interface Exception {
  /** The chunk of the origin. */
  readonly chunk: number;
  /** A whole chunk. */
  readonly data: Uint8Array;
}

export class CowStore {
  readonly chunkBytes: Bytes;
  readonly #cow: Layer;
  readonly #flush: () => Promise<void>;
  readonly #where: string;
  readonly #perArea: number;
  readonly #newChunkOf = new Map<number, number>();
  #isNew: boolean;
  #nextFree = 2;
  /** The area that takes the next entry, its content, and how many entries that has. */
  #area = 0;
  #entries: Buffer;
  #count = 0;

  private constructor(cow: Layer, chunk: Sectors, isNew: boolean, flush: () => Promise<void>, where: string) {
    this.#cow = cow;
    this.chunkBytes = sectorsToBytes(chunk);
    this.#flush = flush;
    this.#where = where;
    this.#perArea = this.chunkBytes / ENTRY_BYTES;
    this.#entries = Buffer.alloc(this.chunkBytes);
    this.#isNew = isNew;
  }

  /**
   * Reads all entries.
   * @param chunk sectors, for a store that has never been used
   * @throws DvmError CORRUPT, UNSUPPORTED, IO
   */
  static async open(
    cow: Layer,
    chunk: Sectors,
    flush: () => Promise<void>,
    where: string,
  ): Promise<CowStore> {
    const header = Buffer.alloc(COW_HEADER_BYTES);
    await cow.read(0, header);
    const stored = decodeCowHeader(header, `${where}: ${cow.path}`);
    const store = new CowStore(cow, stored ?? chunk, stored === null, flush, where);
    if (stored !== null) await store.#load();
    return store;
  }

  /** Where a chunk's own copy begins on the COW device, in bytes; undefined when it is still the origin's. */
  find(chunk: number): Bytes | undefined {
    const newChunk = this.#newChunkOf.get(chunk);
    return newChunk === undefined ? undefined : newChunk * this.chunkBytes;
  }

  /** @throws DvmError NO_SPACE, with nothing written, unless `count` more chunks fit */
  reserve(count: number): void {
    this.#allocate(count);
  }

  /**
   * Gives chunks copies of their own; durable when it resolves.
   * @throws DvmError NO_SPACE, with nothing written
   */
  async add(exceptions: readonly Exception[]): Promise<void> {
    if (exceptions.length === 0) return;
    const places = this.#allocate(exceptions.length);
    if (this.#isNew) await this.#initialise();
    await allSettled(
      exceptions.map(({ data }, index) => this.#cow.write((places[index] as number) * this.chunkBytes, data)),
    );
    await this.#flush();
    for (const [index, { chunk }] of exceptions.entries()) await this.#append(chunk, places[index] as number);
    if (this.#count > 0) await this.#writeArea();
    await this.#flush();
    for (const [index, { chunk }] of exceptions.entries())
      this.#newChunkOf.set(chunk, places[index] as number);
    this.#nextFree = this.#after(places.at(-1) as number);
  }

  async #load(): Promise<void> {
    for (; ; this.#area += 1) {
      await this.#cow.read(this.#placeOfArea(this.#area), this.#entries);
      this.#count = this.#decodeArea();
      if (this.#count < this.#perArea) return;
    }
  }

  #decodeArea(): number {
    for (let index = 0; index < this.#perArea; index += 1) {
      const at = index * ENTRY_BYTES;
      const chunk = readU64(this.#entries, at, "old chunk");
      const newChunk = readU64(this.#entries, at + 8, "new chunk");
      if (newChunk === 0) return index;
      if (newChunk < 2 || this.#isMetadata(newChunk) || (newChunk + 1) * this.chunkBytes > this.#cow.size)
        throw new DvmError(
          "CORRUPT",
          `${this.#where}: entry ${index} of area ${this.#area} points to chunk ${newChunk}`,
        );
      this.#newChunkOf.set(chunk, newChunk);
      this.#nextFree = Math.max(this.#nextFree, this.#after(newChunk));
    }
    return this.#perArea;
  }

  /** The next free chunks. The last place of an area is taken only when the next area's metadata fits. */
  #allocate(count: number): number[] {
    const places: number[] = [];
    let next = this.#nextFree;
    for (let taken = 0; taken < count; taken += 1, next = this.#after(next)) {
      const entry = this.#area * this.#perArea + this.#count + taken + 1;
      const lastOfArea = entry % this.#perArea === 0;
      const end = lastOfArea
        ? this.#placeOfArea(entry / this.#perArea) + this.chunkBytes
        : (next + 1) * this.chunkBytes;
      if (Math.max(end, (next + 1) * this.chunkBytes) > this.#cow.size)
        throw new DvmError(
          "NO_SPACE",
          `${this.#where}: ${this.#cow.path} is full; extend the snapshot or remove it`,
        );
      places.push(next);
    }
    return places;
  }

  async #initialise(): Promise<void> {
    await this.#cow.write(this.#placeOfArea(0), Buffer.alloc(this.chunkBytes));
    await this.#flush();
    // Durable with the data: no entry is written before the next flush.
    await this.#cow.write(0, encodeCowHeader(this.chunkBytes / 512));
    this.#isNew = false;
  }

  async #append(chunk: number, newChunk: number): Promise<void> {
    writeU64(this.#entries, this.#count * ENTRY_BYTES, chunk);
    writeU64(this.#entries, this.#count * ENTRY_BYTES + 8, newChunk);
    this.#count += 1;
    if (this.#count < this.#perArea) return;
    await this.#cow.write(this.#placeOfArea(this.#area + 1), Buffer.alloc(this.chunkBytes));
    await this.#flush();
    await this.#writeArea();
    this.#area += 1;
    this.#count = 0;
    this.#entries = Buffer.alloc(this.chunkBytes);
  }

  #writeArea(): Promise<void> {
    return this.#cow.write(this.#placeOfArea(this.#area), asBuffer(this.#entries));
  }

  #placeOfArea = (area: number): Bytes => (1 + area * (this.#perArea + 1)) * this.chunkBytes;
  #isMetadata = (chunk: number): boolean => chunk % (this.#perArea + 1) === 1;
  #after = (chunk: number): number => (this.#isMetadata(chunk + 1) ? chunk + 2 : chunk + 1);
}
