import { sectorsToBytes } from "../../base/units.ts";
import { type Cache, cache as target } from "../../dm/targets/cache.ts";
import type { SimStore } from "../dm-sim.ts";
import type { SimDevice, SimState } from "../dm-state.ts";
import { readCacheRecord, writeCacheRecord, writeRange } from "./cache-record.ts";
import { readRange } from "./cow-entries.ts";
import type { LeafIo } from "./leaf-access.ts";

const CLEANER = "cleaner";

/** What a kernel does as time passes with caches that only clean: the origin gets all that it lacks. */
export function finishFlushes(store: SimStore, io: LeafIo): void {
  store.read((state) => {
    for (const device of state.devices) {
      try {
        for (const params of cleaningIn(device)) flushCache(state, params, device, io);
      } catch {
        // A kernel would try again, too.
      }
    }
  });
}

const cleaningIn = ({ live, suspended, status }: SimDevice): readonly Cache[] =>
  suspended || status
    ? []
    : (live?.lines ?? [])
        .flatMap(({ type, params }) => (type === target.type ? [target.decodeParams(params)] : []))
        .filter(({ policy }) => policy === CLEANER);

function flushCache(
  state: SimState,
  { metadata, cache, origin, blockSize }: Cache,
  { live }: SimDevice,
  io: LeafIo,
): void {
  const record = readCacheRecord(state, metadata, io.read);
  if (!record || record.dirty.length === 0) return;
  const end = live?.lines.at(-1)?.length ?? 0;
  for (const at of record.dirty) {
    const from = (record.chunks[at] ?? 0) * blockSize;
    const length = Math.min(blockSize, end - from);
    const bytes = readRange(state, cache, at * blockSize, length, io.read);
    if (bytes) writeRange(state, origin, from, bytes.subarray(0, sectorsToBytes(length)), io);
  }
  writeCacheRecord(state, metadata, { ...record, dirty: [] }, io);
}
