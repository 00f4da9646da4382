import type { TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Bytes, sectorsToBytes } from "../../base/units.ts";
import { checkChunk } from "../../dm/cow-header.ts";
import { allSettled } from "../all-settled.ts";
import { type ChunkPart, chunksOf } from "../chunks.ts";
import { CowStore, type Exception } from "../cow-store.ts";
import { insideOf } from "../inside-of.ts";
import type { Layer, Stack, TargetMapper } from "../layer.ts";
import { Words } from "../words.ts";
import { WriteOrder } from "../write-order.ts";

/**
 * `<origin> <COW device> P <chunk size>` (Documentation/admin-guide/device-mapper/snapshot.rst): chunks with
 * a copy of their own on the COW device, all others from the origin. A write gives each chunk a copy first.
 */
export const snapshot: TargetMapper = async (line, stack, where) => {
  const { origin, cow, store } = await openSnapshot(line, stack, where);
  const order = new WriteOrder();
  const length = sectorsToBytes(line.length);

  const read = async (offset: Bytes, buffer: Uint8Array) => {
    const parts = chunksOf(offset, buffer.length, store.chunkBytes);
    const readPart = ({ chunk, inside, begin, end }: ChunkPart) => {
      const own = store.find(chunk);
      const part = buffer.subarray(begin, end);
      return own === undefined
        ? origin.read(chunk * store.chunkBytes + inside, part)
        : cow.read(own + inside, part);
    };
    await allSettled(parts.map(readPart));
  };
  const write = async (offset: Bytes, buffer: Uint8Array) => {
    const parts = chunksOf(offset, buffer.length, store.chunkBytes);
    const fresh = parts.filter(({ chunk }) => store.find(chunk) === undefined);
    store.reserve(fresh.length);
    const exceptions = await allSettled(
      fresh.map(async (part): Promise<Exception> => {
        const data = Buffer.alloc(store.chunkBytes);
        const begin = part.chunk * store.chunkBytes;
        if (part.end - part.begin < store.chunkBytes)
          await origin.read(begin, data.subarray(0, Math.min(store.chunkBytes, length - begin)));
        data.set(buffer.subarray(part.begin, part.end), part.inside);
        return { chunk: part.chunk, data };
      }),
    );
    await allSettled(
      parts.map(async ({ chunk, inside, begin, end }) => {
        const own = store.find(chunk);
        if (own !== undefined) await cow.write(own + inside, buffer.subarray(begin, end));
      }),
    );
    await store.add(exceptions);
  };

  return {
    complete: origin.complete && cow.complete,
    logicalBlockSize: Math.max(origin.logicalBlockSize, cow.logicalBlockSize),
    read,
    // One at a time: the store's entries are kept in order.
    write: (offset, buffer) => order.run(0, length, () => write(offset, buffer)),
    discard: async () => {},
  };
};

/**
 * Opens what a snapshot's table line names. @throws DvmError UNSUPPORTED for one that lives in a kernel's
 * memory
 */
export async function openSnapshot(
  line: TableLine,
  stack: Stack,
  where: string,
): Promise<{ readonly origin: Layer; readonly cow: Layer; readonly store: CowStore }> {
  const words = new Words(line.params, where);
  const [originToken, cowToken] = [words.word("origin"), words.word("COW device")];
  const kind = words.word("kind of store");
  const chunk = checkChunk(words.count("chunk size"), where, "BAD_INPUT");
  words.take(words.left > 0 ? words.count("number of features") : 0, "feature");
  words.end();
  if (!/^PO?$/.test(kind))
    throw new DvmError(
      "UNSUPPORTED",
      `${where}: a snapshot that is not persistent is only in a kernel's memory`,
    );
  const origin = await stack.open(originToken);
  insideOf(origin, 0, sectorsToBytes(line.length), where);
  const cow = await stack.open(cowToken);
  insideOf(cow, 0, 2 * sectorsToBytes(chunk), where);
  return { origin, cow, store: await CowStore.open(cow, chunk, stack.flush, where) };
}
