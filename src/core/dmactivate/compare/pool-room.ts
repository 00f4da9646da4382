/**
 * How much room a pool has taken. It takes what there is whenever it is resumed, and never gives it back: a
 * pool that finds less than it has taken cannot be resumed.
 */
import type { TableLine } from "../../../schema/index.ts";
import { splitArgs } from "../../dm/args.ts";
import { referenceOf } from "../../dm/references.ts";
import { type ThinPool, thinPool } from "../../dm/targets/thin-pool.ts";
import { type Device, type Devices, findDesired } from "./device.ts";
import { lengthOf } from "./same-table.ts";

/** Sectors of a block of metadata. */
const METADATA_BLOCK = 8;
/** The most that the kernel uses, however large the device is. */
const MOST_METADATA_BLOCKS = 255 * (2 ** 14 - 64);

export const isPool = (type: string): boolean => type === thinPool.type;

/**
 * True when a pool only gets more room or other options: its blocks stay where they are. It can never be made
 * smaller again, so this is no growth that could be undone.
 */
export function isSamePool(before: readonly TableLine[], after: readonly TableLine[]): boolean {
  const [a, b] = [before[0], after[0]];
  if (!a || !b || !isPool(a.type) || !isPool(b.type) || b.length < a.length) return false;
  const kept = ({ params }: TableLine): string => splitArgs(params).slice(0, 3).join(" ");
  return kept(a) === kept(b);
}

/** The line is of a pool that is to have less than it has taken. */
export function isSmallerPool(devices: Devices, device: Device, line: TableLine): boolean {
  if (!isPool(line.type)) return false;
  const pool = thinPool.decodeParams(line.params);
  const taken = takenBlocks(device);
  const there = metadataBlocks(devices, pool);
  if (!taken) return false;
  return (
    Math.floor(line.length / pool.blockSize) < taken.data || (there !== undefined && there < taken.metadata)
  );
}

/** There is, or will be, more room for the metadata of a live pool than it has taken. */
export function hasMoreMetadata(devices: Devices, device: Device): boolean {
  const line = device.desired?.table[0];
  const taken = takenBlocks(device);
  if (!line || !isPool(line.type) || !taken) return false;
  return (metadataBlocks(devices, thinPool.decodeParams(line.params)) ?? 0) > taken.metadata;
}

/**
 * There is more room now for the metadata of a pool than it is to have: resumed before that is taken away, it
 * takes it.
 */
export function wouldTakeTooMuch(devices: Devices, device: Device): boolean {
  const line = device.current?.table?.[0];
  if (!line || !isPool(line.type)) return false;
  const name = referenceOf(thinPool.decodeParams(line.params).metadata);
  const store = name === undefined ? undefined : devices.byCurrentName.get(name);
  const wanted = store?.desired?.table;
  return wanted !== undefined && lengthOf(store?.current?.table ?? []) > lengthOf(wanted);
}

function takenBlocks({ current }: Device): { readonly data: number; readonly metadata: number } | undefined {
  if (!isPool(current?.table?.[0]?.type ?? "")) return undefined;
  const status = thinPool.decodeStatus?.(current?.status?.[0] ?? "");
  return status?.state === "ok" ? { data: status.data.whole, metadata: status.metadata.whole } : undefined;
}

/** Undefined when they lie on no dm device. */
function metadataBlocks(devices: Devices, { metadata }: ThinPool): number | undefined {
  const store = findDesired(devices, referenceOf(metadata) ?? "");
  if (!store) return undefined;
  const length = lengthOf(store.desired?.table ?? store.current?.table ?? []);
  return Math.min(Math.floor(length / METADATA_BLOCK), MOST_METADATA_BLOCKS);
}
