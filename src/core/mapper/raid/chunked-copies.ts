/** raid0 and raid10: each chunk of the content on one leg, or on several. */
import { DvmError, toDvmError } from "../../base/error.ts";
import { sectorsToBytes } from "../../base/units.ts";
import { type CopiesLayout, placesOfChunk } from "../../dm/targets/raid/copies-layout.ts";
import { allSettled } from "../all-settled.ts";
import { type ChunkPart, chunksOf } from "../chunks.ts";
import type { Layer, MappedTarget, Stack } from "../layer.ts";
import { WriteOrder } from "../write-order.ts";
import type { MappedLegs } from "./legs.ts";

/** A copy of a part of a request. */
interface Place {
  readonly leg: number;
  readonly image: Layer;
  /** In bytes from the beginning of the image. */
  readonly at: number;
}

/**
 * A write goes to every copy that is there, a read to the first that is proven good and answers.
 * @param chunkSize in sectors
 */
export function chunkedCopies(
  { all, readable }: MappedLegs,
  layout: CopiesLayout & { readonly chunkSize: number },
  stack: Pick<Stack, "warn">,
  where: string,
): MappedTarget {
  const chunk = sectorsToBytes(layout.chunkSize);
  const order = new WriteOrder();
  const gone = new Set<number>();

  const placesOf = (part: ChunkPart): Place[] =>
    placesOfChunk(layout, part.chunk).flatMap(({ leg, row }) => {
      const image = all[leg]?.image;
      return image ? [{ leg, image, at: row * chunk + part.inside }] : [];
    });
  const readPart = async (part: ChunkPart, buffer: Uint8Array): Promise<void> => {
    const places = placesOf(part).filter(({ leg }) => readable.includes(leg));
    // One that failed once is asked last.
    places.sort((a, b) => Number(gone.has(a.leg)) - Number(gone.has(b.leg)));
    for (const [tried, { leg, image, at }] of places.entries()) {
      try {
        return await image.read(at, buffer);
      } catch (thrown) {
        const cause = toDvmError(thrown);
        if (tried + 1 === places.length || cause.code === "BUG") throw thrown;
        if (!gone.has(leg))
          stack.warn(`${where}: leg ${leg} cannot be read, going on with another: ${cause.message}`);
        gone.add(leg);
      }
    }
    throw new DvmError("INCOMPLETE", `${where}: no copy of chunk ${part.chunk} is there that is proven good`);
  };
  const toAll = (parts: readonly ChunkPart[], act: (place: Place, part: ChunkPart) => Promise<void>) =>
    allSettled(parts.flatMap((part) => placesOf(part).map((place) => act(place, part)))).then(() => {});

  const images = all.flatMap(({ image }) => image ?? []);
  return {
    complete: images.every(({ complete }) => complete),
    logicalBlockSize: Math.max(...images.map(({ logicalBlockSize }) => logicalBlockSize)),
    async read(offset, buffer) {
      const parts = chunksOf(offset, buffer.length, chunk);
      await allSettled(parts.map((part) => readPart(part, buffer.subarray(part.begin, part.end))));
    },
    write: (offset, buffer) =>
      order.run(offset, buffer.length, () =>
        toAll(chunksOf(offset, buffer.length, chunk), ({ image, at }, { begin, end }) =>
          image.write(at, buffer.subarray(begin, end)),
        ),
      ),
    discard: (offset, length) =>
      order.run(offset, length, () =>
        toAll(chunksOf(offset, length, chunk), ({ image, at }, { begin, end }) =>
          image.discard(at, end - begin),
        ),
      ),
  };
}
