/** raid4, raid5 and raid6: rows of data and their parity; what is lost of a row is made of what is left. */
import { defined } from "../../base/assert.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import { type Bytes, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { type Blocks, fillData, fillParity } from "../../dm/targets/raid/parity.ts";
import { type ParityRow, type ParityType, parityRows } from "../../dm/targets/raid/parity-layout.ts";
import { allSettled } from "../all-settled.ts";
import { type ChunkPart, chunksOf } from "../chunks.ts";
import type { Layer, MappedTarget, Stack } from "../layer.ts";
import { WriteOrder } from "../write-order.ts";
import type { MappedLegs } from "./legs.ts";

/** A part of every chunk of a row, in bytes from the beginning of the legs. */
interface Slice {
  readonly row: number;
  readonly at: Bytes;
  readonly length: Bytes;
}

/** @param data how many chunks of a row are data */
export function parityTarget(
  legs: MappedLegs,
  {
    type,
    chunkSize,
    data,
  }: { readonly type: ParityType; readonly chunkSize: Sectors; readonly data: number },
  stack: Pick<Stack, "warn">,
  where: string,
): MappedTarget {
  const rows = new ParityRows(legs, type, stack, where);
  const chunk = sectorsToBytes(chunkSize);
  const order = new WriteOrder();
  const rowOf = (part: ChunkPart): number => Math.floor(part.chunk / data);
  const legOf = (part: ChunkPart): number =>
    defined(rows.row(rowOf(part)).data[part.chunk % data], "the leg of a chunk");
  const sliceOf = (part: ChunkPart): Slice => {
    const row = rowOf(part);
    return { row, at: row * chunk + part.inside, length: part.end - part.begin };
  };
  const writeRow = async (parts: readonly ChunkPart[], buffer: Uint8Array): Promise<void> => {
    const [first] = parts;
    if (!first) return;
    const row = rowOf(first);
    const slice = parts.length === 1 ? sliceOf(first) : { row, at: row * chunk, length: chunk };
    const blocks: Blocks = legs.all.map(() => undefined);
    const isWhole = parts.length === data && parts.every(({ begin, end }) => end - begin === chunk);
    if (!isWhole) await rows.readData(slice, blocks);
    const written = parts.map((part) => {
      const leg = legOf(part);
      const block = blocks[leg] ?? new Uint8Array(slice.length);
      block.set(buffer.subarray(part.begin, part.end), sliceOf(part).at - slice.at);
      blocks[leg] = block;
      return leg;
    });
    await rows.write(slice, blocks, written);
  };
  const images = legs.all.flatMap(({ image }) => image ?? []);
  return {
    complete: images.every(({ complete }) => complete),
    logicalBlockSize: Math.max(...images.map(({ logicalBlockSize }) => logicalBlockSize)),
    async read(offset, buffer) {
      const parts = chunksOf(offset, buffer.length, chunk);
      await allSettled(
        parts.map((part) => rows.read(legOf(part), sliceOf(part), buffer.subarray(part.begin, part.end))),
      );
    },
    async write(offset, buffer) {
      const ofRow = new Map<number, ChunkPart[]>();
      for (const part of chunksOf(offset, buffer.length, chunk))
        ofRow.set(rowOf(part), [...(ofRow.get(rowOf(part)) ?? []), part]);
      // Two writes to one row would each take the other's old data for the parity.
      const writes = [...ofRow].map(([row, parts]) => order.run(row, 1, () => writeRow(parts, buffer)));
      await allSettled(writes);
    },
    // It is a hint: parity over what a disk may give instead would be of nothing.
    discard: async () => {},
  };
}

class ParityRows {
  readonly row: (row: number) => ParityRow;
  readonly #legs: MappedLegs;
  readonly #stack: Pick<Stack, "warn">;
  readonly #where: string;
  /** Those that have given an error. */
  readonly #gone = new Set<number>();

  constructor(legs: MappedLegs, type: ParityType, stack: Pick<Stack, "warn">, where: string) {
    this.row = parityRows(type, legs.all.length);
    this.#legs = legs;
    this.#stack = stack;
    this.#where = where;
  }

  /**
   * Reads what a leg has, or makes it of what the others have. @throws DvmError INCOMPLETE; IO when too many
   * fail
   */
  async read(leg: number, slice: Slice, buffer: Uint8Array): Promise<void> {
    if (await this.#tryRead(leg, slice, buffer)) return;
    const blocks: Blocks = this.#legs.all.map(() => undefined);
    await this.#readOthers(slice, blocks);
    const row = this.row(slice.row);
    if (!this.#legs.parityKnown)
      throw this.#lost(slice, "its parity is not known to have been computed since the array was made");
    if (!fillData(row, blocks)) throw this.#lost(slice, "too many of the other legs cannot be read");
    buffer.set(defined(blocks[leg], "a chunk made of the others"));
  }

  /** Reads all data of a row, which has to be there. */
  async readData({ row, at, length }: Slice, blocks: Blocks): Promise<void> {
    const { data } = this.row(row);
    await allSettled(
      data.map(async (leg) => {
        const block = Buffer.alloc(length);
        await this.#image(leg).read(at, block);
        blocks[leg] = block;
      }),
    );
  }

  /** Writes these legs of a row, all of whose data are told, and its parity. */
  async write({ row: number, at }: Slice, blocks: Blocks, written: readonly number[]): Promise<void> {
    const row = this.row(number);
    fillParity(row, blocks);
    const legs = [...written, row.p, ...(row.q === undefined ? [] : [row.q])];
    await allSettled(
      legs.map((leg) => this.#image(leg).write(at, Buffer.from(defined(blocks[leg], "a chunk to write")))),
    );
  }

  async #readOthers(slice: Slice, blocks: Blocks): Promise<void> {
    await allSettled(
      blocks.map(async (_, leg) => {
        const block = Buffer.alloc(slice.length);
        if (await this.#tryRead(leg, slice, block)) blocks[leg] = block;
      }),
    );
  }

  /** @returns false for a leg that is not there, not proven good, or gives an error */
  async #tryRead(leg: number, { at }: Slice, buffer: Uint8Array): Promise<boolean> {
    const image = this.#legs.all[leg]?.image;
    if (!image || !this.#legs.readable.includes(leg) || this.#gone.has(leg)) return false;
    try {
      await image.read(at, buffer);
      return true;
    } catch (thrown) {
      const cause = toDvmError(thrown);
      if (cause.code === "BUG") throw thrown;
      if (!this.#gone.has(leg))
        this.#stack.warn(
          `${this.#where}: leg ${leg} cannot be read, going on by the others' parity: ${cause.message}`,
        );
      this.#gone.add(leg);
      return false;
    }
  }

  #image(leg: number): Layer {
    return defined(this.#legs.all[leg]?.image, "the image of a leg that is written");
  }

  #lost({ row }: Slice, why: string): DvmError {
    return new DvmError("INCOMPLETE", `${this.#where}: row ${row} cannot be made of what is left: ${why}`);
  }
}
