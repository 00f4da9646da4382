import type { DmDevice } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Bytes, sectorsToBytes } from "../../base/units.ts";
import { thin as thinTarget } from "../../dm/targets/thin.ts";
import { thinPool } from "../../dm/targets/thin-pool.ts";
import { allSettled } from "../all-settled.ts";
import { type ChunkPart, chunksOf } from "../chunks.ts";
import { decode } from "../decode.ts";
import type { KnownRun, Layer, TargetMapper } from "../layer.ts";
import { ThinTree } from "../thin-tree.ts";

/**
 * `<pool> <id> [<external origin>]` (Documentation/admin-guide/device-mapper/thin-provisioning.rst): chunks
 * by the pool's trees, zeroes where nothing was written, or what an external origin has there. To write would
 * take chunks from the pool, which is left to a kernel.
 */
export const thin: TargetMapper = async (line, stack, where) => {
  const { pool: token, id, externalOrigin } = decode(thinTarget, line, where);
  if (stack.write) throw onlyKernel(where);
  const pool = stack.device(token);
  const [poolLine] = pool.table ?? [];
  if (!poolLine || poolLine.type !== thinPool.type)
    throw new DvmError("BAD_INPUT", `${where}: ${pool.name} is no thin pool`);
  const { metadata, data: dataToken, blockSize } = decode(thinPool, poolLine, pool.name);
  const tree = await ThinTree.open(await stack.open(metadata), pool.name);
  const data = await stack.open(dataToken);
  const origin = externalOrigin === undefined ? undefined : await stack.open(externalOrigin);
  const root = await rootOf(tree, pool, id, where);
  if (tree && tree.blockSize !== blockSize)
    throw new DvmError(
      "CORRUPT",
      `${where}: the pool's chunks are of ${tree.blockSize} sectors by its metadata`,
    );
  if (tree?.needsCheck)
    stack.warn(`${pool.name}: its metadata have to be checked: what is read may be wrong`);
  const chunkBytes = sectorsToBytes(blockSize);

  const readPart = async ({ chunk, inside }: ChunkPart, part: Uint8Array): Promise<void> => {
    const found = tree && (await tree.chunkAt(root, chunk));
    if (found === undefined) return readOrigin(origin, chunk * chunkBytes + inside, part);
    if ((found + 1) * chunkBytes > data.size)
      throw new DvmError(
        "CORRUPT",
        `${where}: chunk ${chunk} lies at chunk ${found}, behind the pool's data`,
      );
    await data.read(found * chunkBytes + inside, part);
  };
  return {
    complete: data.complete && (origin?.complete ?? true),
    logicalBlockSize: Math.max(data.logicalBlockSize, origin?.logicalBlockSize ?? 0),
    async read(offset, buffer) {
      const parts = chunksOf(offset, buffer.length, chunkBytes);
      await allSettled(parts.map((part) => readPart(part, buffer.subarray(part.begin, part.end))));
    },
    runAt: (offset, length) =>
      runOf(offset, length, chunkBytes, async ({ chunk, inside }) => {
        const found = tree && (await tree.chunkAt(root, chunk));
        return found === undefined && isBehind(origin, chunk * chunkBytes + inside);
      }),
    write: () => Promise.reject(onlyKernel(where)),
    discard: () => Promise.reject(onlyKernel(where)),
  };
};

/** So many chunks are looked up for one run at most: it may go on behind that. */
const MOST_CHUNKS = 4096;

/** @param isHole asked of a part of each chunk in turn */
async function runOf(
  offset: Bytes,
  length: Bytes,
  chunkBytes: Bytes,
  isHole: (part: ChunkPart) => Promise<boolean>,
): Promise<KnownRun> {
  const parts = chunksOf(offset, Math.min(length, MOST_CHUNKS * chunkBytes), chunkBytes);
  let first: boolean | undefined;
  for (const part of parts) {
    const now = await isHole(part);
    first ??= now;
    if (now !== first) return { length: part.begin, isHole: first };
  }
  return { length: parts.at(-1)?.end ?? length, isHole: first ?? false };
}

/** There is nothing of the origin. */
const isBehind = (origin: Layer | undefined, at: Bytes): boolean => origin === undefined || at >= origin.size;

/** An external origin may be shorter: behind its end there are zeroes. */
async function readOrigin(origin: Layer | undefined, at: Bytes, part: Uint8Array): Promise<void> {
  const there = origin ? Math.max(0, Math.min(part.length, origin.size - at)) : 0;
  part.fill(0, there);
  if (origin && there > 0) await origin.read(at, part.subarray(0, there));
}

/**
 * The root of the device's tree, if the pool is as far as the state has it.
 * @throws DvmError INCOMPLETE for a pool that has not been told of it yet, CORRUPT for one of another past
 */
async function rootOf(
  tree: ThinTree | undefined,
  { name, thins }: DmDevice,
  id: number,
  where: string,
): Promise<number> {
  const isNew = thins?.create?.some((each) => each.id === id) ?? false;
  const at = tree?.transactionId ?? 0;
  if (thins) {
    const last = thins.transactionId + ((thins.delete?.length ?? 0) > 0 ? 1 : 0);
    if (isNew && at < thins.transactionId)
      throw new DvmError("INCOMPLETE", `${where}: pool ${name} was not told of it yet: activate it once`);
    if (at > last || at < thins.transactionId - 1)
      throw new DvmError(
        "CORRUPT",
        `${where}: pool ${name} is at transaction ${at}, not ${last}: it is of another past`,
      );
  }
  const root = await tree?.rootOf(id);
  if (root === undefined) throw new DvmError("CORRUPT", `${where}: pool ${name} has no thin device ${id}`);
  return root;
}

const onlyKernel = (where: string): DvmError =>
  new DvmError("UNSUPPORTED", `${where}: a thin LV is written by a kernel alone: activate it`);
