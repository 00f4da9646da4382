/**
 * How much room a pool has taken. It takes what there is whenever it is resumed, and never gives it back: a pool that finds
 * less than it has taken cannot be resumed.
 */
import { referenceOf } from "../dm/references.ts";
import { type ThinPool, thinPool } from "../dm/targets/thin-pool.ts";
import { type Device, type Devices, findDesired } from "./device.ts";
import { lengthOf } from "./same-table.ts";

/** Sectors of a block of metadata. */
const METADATA_BLOCK = 8;
/** The most that the kernel uses, however large the device is. */
const MOST_METADATA_BLOCKS = 255 * (2 ** 14 - 64);

/** The pool is to have less than it has taken. @param length of its table, in sectors */
export function isSmallerPool(devices: Devices, device: Device, pool: ThinPool, length: number): boolean {
  const taken = takenBlocks(device);
  const there = metadataBlocks(devices, pool);
  if (!taken) return false;
  return Math.floor(length / pool.blockSize) < taken.data || (there !== undefined && there < taken.metadata);
}

/** There is, or will be, more room for the metadata of a live pool than it has taken. */
export function hasMoreMetadata(devices: Devices, device: Device): boolean {
  const line = device.desired?.table[0];
  const taken = takenBlocks(device);
  if (line?.type !== "thin-pool" || !taken) return false;
  return (metadataBlocks(devices, thinPool.decodeParams(line.params)) ?? 0) > taken.metadata;
}

/** There is more room now for the metadata of a pool than it is to have: resumed before that is taken away, it takes it. */
export function wouldTakeTooMuch(devices: Devices, device: Device): boolean {
  const line = device.current?.table?.[0];
  if (line?.type !== "thin-pool") return false;
  const name = referenceOf(thinPool.decodeParams(line.params).metadata);
  const store = name === undefined ? undefined : devices.byCurrentName.get(name);
  const wanted = store?.desired?.table;
  return wanted !== undefined && lengthOf(store?.current?.table ?? []) > lengthOf(wanted);
}

function takenBlocks({ current }: Device): { readonly data: number; readonly metadata: number } | undefined {
  if (current?.table?.[0]?.type !== "thin-pool") return undefined;
  const status = thinPool.decodeStatus?.(current.status?.[0] ?? "");
  return status?.state === "ok" ? { data: status.data.whole, metadata: status.metadata.whole } : undefined;
}

/** Undefined when they lie on no dm device. */
function metadataBlocks(devices: Devices, { metadata }: ThinPool): number | undefined {
  const store = findDesired(devices, referenceOf(metadata) ?? "");
  if (!store) return undefined;
  const length = lengthOf(store.desired?.table ?? store.current?.table ?? []);
  return Math.min(Math.floor(length / METADATA_BLOCK), MOST_METADATA_BLOCKS);
}
