/** What constructors write at the start of a device that is all zero, and find there later. */
import { type Cache, cache } from "../dm/targets/cache.ts";
import { type Snapshot, snapshot } from "../dm/targets/snapshot.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import type { Writecache } from "../dm/targets/writecache.ts";
import { keyOf, type SimDevice, type SimState, type SimTable } from "./dm-state.ts";
import type { Lookup } from "./dm-thin.ts";

/** Of a new store, when nothing is said. */
const DEFAULT_CHUNK = 32;
const POLICIES = new Set(["smq", "mq", "default", "cleaner"]);

/**
 * A persistent store keeps its chunk size, whatever the table says. One that is live already is handed over when
 * this table goes live, and is not looked at before.
 * @returns the parameters as they hold
 * @throws TargetRefusal
 */
export function constructSnapshot(state: SimState, type: string, params: Snapshot, lookup: Lookup): Snapshot {
  const live = snapshotsOf(state, "live", params.origin);
  const loaded = snapshotsOf(state, "inactive", params.origin);
  const sharing = live.filter(({ cow }) => cow === params.cow);
  if (sharing.length > 1 || loaded.some(({ cow }) => cow === params.cow))
    throw new TargetRefusal("Snapshot cow pairing for exception table handover failed");
  const [source] = sharing;
  if (source) {
    if (type === "snapshot") return { ...params, chunkSize: 0 };
    if ([...live, ...loaded].some((each) => each.type === "snapshot-merge"))
      throw new TargetRefusal("A snapshot is already merging.");
    if (source.store === "N")
      throw new TargetRefusal("Snapshot exception store does not support snapshot-merge.");
    return { ...params, chunkSize: 0 };
  }
  if (params.store === "N") {
    if (params.chunkSize === 0) throw new TargetRefusal("Chunk size not set");
    return params;
  }
  const wanted = params.chunkSize || DEFAULT_CHUNK;
  return { ...params, chunkSize: Number(format(state, params.cow, "snapshot", String(wanted), lookup)) };
}

/**
 * What becomes of a snapshot's table when it goes live: it takes over the store of the live one that shares it.
 * @returns the table, or why it cannot go live
 */
export function handOver(state: SimState, device: SimDevice, table: SimTable): SimTable | string {
  const line = table.lines[0];
  if (line?.type !== "snapshot" && line?.type !== "snapshot-merge") return table;
  const to = snapshot.decodeParams(line.params);
  // Only what was loaded while there was another has none yet.
  if (to.chunkSize !== 0) return table;
  const source = snapshotsOf(state, "live", to.origin).find(
    ({ cow, chunkSize }) => cow === to.cow && chunkSize !== 0,
  );
  if (!source) return table;
  if (source.device !== device && !source.device.suspended)
    return "Unable to perform snapshot handover until source is suspended.";
  // Only the wish to be told of an overflow is of the new table.
  const store = source.store === "N" ? "N" : to.store === "PO" ? "PO" : "P";
  const params = snapshot.encodeParams({ ...to, store, chunkSize: source.chunkSize });
  return { ...table, lines: [{ ...line, params }] };
}

/** Snapshots of an origin in tables of one sort. */
function snapshotsOf(
  state: SimState,
  which: "live" | "inactive",
  origin: string,
): (Snapshot & { readonly device: SimDevice; readonly type: string })[] {
  return state.devices.flatMap((device) =>
    (device[which]?.lines ?? []).flatMap(({ type, params }) => {
      if (type !== "snapshot" && type !== "snapshot-merge") return [];
      const found = snapshot.decodeParams(params);
      return found.origin === origin ? [{ ...found, device, type }] : [];
    }),
  );
}

/** @throws TargetRefusal for another block size than there is */
export function constructWritecache(state: SimState, params: Writecache, lookup: Lookup): void {
  const { cache: device, blockSize } = params;
  if (format(state, device, "writecache", String(blockSize), lookup) !== String(blockSize))
    throw new TargetRefusal("Block size in the superblock doesn't match");
}

/** @throws TargetRefusal for an unknown policy, and for another block size than there is */
export function constructCache(state: SimState, params: Cache, lookup: Lookup): void {
  if (!POLICIES.has(params.policy)) throw new TargetRefusal("Error creating cache's policy");
  const { metadata, blockSize } = params;
  if (format(state, metadata, cache.type, String(blockSize), lookup) !== String(blockSize))
    throw new TargetRefusal("Error creating metadata object");
}

/** @returns what the device was formatted with, which is `wanted` when it was not yet */
function format(state: SimState, token: string, type: string, wanted: string, lookup: Lookup): string {
  const key = keyOf(token, lookup(token));
  const [found, value] = state.formats[key]?.split(" ") ?? [];
  if (found === type && value !== undefined) return value;
  state.formats[key] = `${type} ${wanted}`;
  return wanted;
}
