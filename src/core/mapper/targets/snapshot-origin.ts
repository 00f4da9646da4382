import { DvmError } from "../../base/error.ts";
import { type Bytes, sectorsToBytes } from "../../base/units.ts";
import { allSettled } from "../all-settled.ts";
import { chunksOf } from "../chunks.ts";
import type { CowStore } from "../cow-store.ts";
import { insideOf } from "../inside-of.ts";
import type { Stack, TargetMapper } from "../layer.ts";
import { Words } from "../words.ts";
import { WriteOrder } from "../write-order.ts";
import { openSnapshot } from "./snapshot.ts";

/**
 * `<device>`: the origin of snapshots. Before a chunk is written, each snapshot that still shares it gets a
 * copy of what it was. When one has no space left nothing is written: a kernel would give up the snapshot.
 */
export const snapshotOrigin: TargetMapper = async (line, stack, where) => {
  const words = new Words(line.params, where);
  const token = words.word("device");
  words.end();
  const length = sectorsToBytes(line.length);
  const below = await stack.open(token);
  insideOf(below, 0, length, where);
  const stores = stack.write ? await openStores(token, stack) : [];
  const order = new WriteOrder();

  const keepOld = async (store: CowStore, offset: Bytes, size: Bytes) => {
    const shared = chunksOf(offset, size, store.chunkBytes).filter(
      ({ chunk }) => store.find(chunk) === undefined,
    );
    const exceptions = shared.map(async ({ chunk }) => {
      const data = Buffer.alloc(store.chunkBytes);
      const begin = chunk * store.chunkBytes;
      await below.read(begin, data.subarray(0, Math.min(store.chunkBytes, length - begin)));
      return { chunk, data };
    });
    await store.add(await allSettled(exceptions));
  };

  return {
    complete: below.complete,
    logicalBlockSize: below.logicalBlockSize,
    read: (offset, buffer) => below.read(offset, buffer),
    write: (offset, buffer) =>
      order.run(0, stores.length > 0 ? length : 0, async () => {
        for (const store of stores) await keepOld(store, offset, buffer.length);
        await below.write(offset, buffer);
      }),
    // A discard changes what snapshots still share, so it is dropped: it never has to do anything.
    discard: async () => {},
  };
};

async function openStores(token: string, stack: Stack): Promise<CowStore[]> {
  const stores: CowStore[] = [];
  for (const { name, line } of stack.snapshotsOf(token)) {
    if (line.type === "snapshot-merge")
      throw new DvmError(
        "UNSUPPORTED",
        `${name} is being merged: its origin cannot be written without a kernel`,
      );
    const { store } = await openSnapshot(line, stack, name);
    stores.push(store);
  }
  return stores;
}
