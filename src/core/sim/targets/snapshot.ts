import type { TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { Sectors } from "../../base/units.ts";
import { hasDifferences } from "../../dm/snapshot-roles.ts";
import { type Snapshot, snapshot as target } from "../../dm/targets/snapshot.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import type { SimDevice } from "../dm-state.ts";
import { format } from "../format.ts";
import { readCow } from "./cow-entries.ts";
import { type Around, READ, type SimTarget } from "./target.ts";

/** Of a new store, when nothing is said. */
const DEFAULT_CHUNK = 32;

export const snapshot: SimTarget = {
  construct: (line, around) => constructSnapshot(line, around, () => {}),
  resume: handOver,
  status: statusOfSnapshot,
  ownMode: [0, READ],
};

/** A snapshot of the same origin, in some table. */
export interface Other extends Snapshot {
  readonly device: SimDevice;
  readonly type: string;
}

/**
 * A persistent store keeps its chunk size, whatever the table says. One that is live already is handed over
 * when this table goes live, and is not looked at before.
 * @param checkSource whether it may take over the store of another
 * @returns the parameters as they hold
 * @throws TargetRefusal
 */
export function constructSnapshot(
  { params: text }: TableLine,
  around: Around,
  checkSource: (source: Other, others: readonly Other[]) => void,
): string {
  const params = target.decodeParams(text);
  const live = snapshotsOf(around, "live", params.origin);
  const loaded = snapshotsOf(around, "inactive", params.origin);
  const sharing = live.filter(({ cow }) => cow === params.cow);
  if (sharing.length > 1 || loaded.some(({ cow }) => cow === params.cow))
    throw new TargetRefusal("Snapshot cow pairing for exception table handover failed");
  const [source] = sharing;
  if (source) {
    checkSource(source, [...live, ...loaded]);
    return target.encodeParams({ ...params, chunkSize: 0 });
  }
  if (params.store === "N") {
    if (params.chunkSize === 0) throw new TargetRefusal("Chunk size not set");
    return target.encodeParams(params);
  }
  const wanted = String(params.chunkSize || DEFAULT_CHUNK);
  return target.encodeParams({
    ...params,
    chunkSize: Number(format(around, params.cow, target.type, wanted)),
  });
}

/** It takes over the store of the live one that shares it. */
export function handOver(line: TableLine, around: Around): TableLine {
  const to = target.decodeParams(line.params);
  // Only what was loaded while there was another has none yet.
  if (to.chunkSize !== 0) return line;
  const source = snapshotsOf(around, "live", to.origin).find(
    ({ cow, chunkSize }) => cow === to.cow && chunkSize !== 0,
  );
  if (!source) return line;
  if (source.device !== around.device && !source.device.suspended)
    throw new TargetRefusal("Unable to perform snapshot handover until source is suspended.");
  // Only the wish to be told of an overflow is of the new table.
  const store = source.store === "N" ? "N" : to.store === "PO" ? "PO" : "P";
  return { ...line, params: target.encodeParams({ ...to, store, chunkSize: source.chunkSize }) };
}

/** A new store holds its header and one area of exceptions, a chunk each. */
export function statusOfSnapshot(line: TableLine, around: Around): string {
  const { cow, store, chunkSize } = target.decodeParams(line.params);
  const size = around.sizeOf(cow);
  const empty = store === "N" ? 0 : 2 * (chunkSize || DEFAULT_CHUNK);
  const { used, metadata } = (store !== "N" && usedOf(around, cow, size)) || { used: empty, metadata: empty };
  return used < 0 ? "Invalid" : `${used}/${size} ${metadata}`;
}

/** By what is on the disks; undefined where that says nothing. */
function usedOf({ state, readLeaf }: Around, cow: string, size: Sectors) {
  if (!readLeaf) return undefined;
  try {
    const found = readCow(state, cow, size, readLeaf);
    return found && { used: found.metadata + found.entries.length * found.chunk, metadata: found.metadata };
  } catch (thrown) {
    return thrown instanceof DvmError ? { used: -1, metadata: 0 } : undefined;
  }
}

/** Snapshots of an origin in tables of one sort. */
const snapshotsOf = ({ state }: Around, which: "live" | "inactive", origin: string): Other[] =>
  state.devices.flatMap((device) =>
    (device[which]?.lines ?? []).flatMap(({ type, params }) => {
      if (!hasDifferences(type)) return [];
      const found = target.decodeParams(params);
      return found.origin === origin ? [{ ...found, device, type }] : [];
    }),
  );
