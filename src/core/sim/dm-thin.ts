/** Thin pools of the simulated kernel: which ids exist, and the transaction id. No data. */
import type { TableLine } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import { joinArgs } from "../dm/args.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { type Thin, thin } from "../dm/targets/thin.ts";
import { decodeThinMessage } from "../dm/targets/thin-message.ts";
import { type ThinPool, thinPool } from "../dm/targets/thin-pool.ts";
import { keyOf, type SimDevice, type SimPool, type SimState } from "./dm-state.ts";

/** Sectors of a block of metadata. */
const METADATA_BLOCK = 8;

/** The device of that number, undefined for one that is none of the simulated ones. */
export type Lookup = (token: string) => SimDevice | undefined;

/**
 * The constructor of a pool: metadata that nobody has seen before is formatted.
 * @throws TargetRefusal
 */
export function constructPool(state: SimState, device: SimDevice, params: ThinPool, lookup: Lookup): void {
  for (const other of state.devices) {
    for (const { metadata, data } of poolsOf(other)) {
      const same = metadata === params.metadata && data === params.data;
      if (other === device && !same) throw new TargetRefusal("different pool cannot replace a pool");
      if (other === device) continue;
      if (metadata === params.metadata)
        throw new TargetRefusal("metadata device already in use by a pool", "EBUSY");
      if (data === params.data) throw new TargetRefusal("data device already in use by a pool", "EBUSY");
    }
  }
  const key = keyOf(params.metadata, lookup(params.metadata));
  const known = state.pools[key];
  if (known && known.blockSize !== params.blockSize)
    throw new TargetRefusal("Error creating metadata object");
  state.pools[key] ??= { transactionId: 0, thins: {}, blockSize: params.blockSize, blocks: 0 };
}

/** The constructor of a thin device, which opens its id. @throws TargetRefusal */
export function constructThin(state: SimState, { pool: token, id }: Thin, lookup: Lookup): void {
  const pool = lookup(token);
  if (!pool) throw new TargetRefusal("Couldn't get pool mapped device");
  const [params] = poolsOf(pool);
  if (!params) throw new TargetRefusal("Couldn't find pool object");
  if (!state.pools[keyOf(params.metadata, lookup(params.metadata))]?.thins[id])
    throw new TargetRefusal("Couldn't open thin internal device", "ENODATA");
  if (pool.suspended || !isPool(pool.live?.lines))
    throw new TargetRefusal("Unable to activate thin device while pool is suspended");
}

/**
 * What a pool does when it is resumed: it grows.
 * @param sizeOf sectors of a device
 * @returns why it cannot be
 */
export function resumePool(
  state: SimState,
  device: SimDevice,
  lookup: Lookup,
  sizeOf: (token: string) => Sectors,
): string | undefined {
  const line = device.live?.lines[0];
  if (line?.type !== "thin-pool") return undefined;
  const pool = poolOf(state, line, lookup);
  if (!pool) return undefined;
  const blocks = Math.floor(line.length / pool.blockSize);
  if (blocks < pool.blocks) return `pool target (${blocks} blocks) too small: expected ${pool.blocks}`;
  pool.blocks = blocks;
  const metadataBlocks = Math.floor(sizeOf(thinPool.decodeParams(line.params).metadata) / METADATA_BLOCK);
  const known = pool.metadataBlocks ?? 0;
  if (metadataBlocks < known)
    return `metadata device (${metadataBlocks} blocks) too small: expected ${known}`;
  pool.metadataBlocks = metadataBlocks;
  return undefined;
}

/**
 * A message to a pool.
 * @returns its answer, always empty
 * @throws TargetRefusal
 */
export function messagePool(state: SimState, line: TableLine, text: string, lookup: Lookup): string {
  const pool = poolOf(state, line, lookup);
  if (!pool) throw new TargetRefusal("pool is in fail mode", "EOPNOTSUPP");
  const message = decodeThinMessage(text);
  switch (message.message) {
    case "create_thin":
      addThin(pool, message.id, null);
      break;
    case "create_snap":
      if (!pool.thins[message.origin] && !pool.thins[message.id])
        throw new TargetRefusal("Creation of new snapshot of device failed", "ENODATA");
      addThin(pool, message.id, message.origin);
      break;
    case "delete":
      if (!pool.thins[message.id]) throw new TargetRefusal("Deletion of thin device failed", "ENODATA");
      if (isOpen(state, line, message.id, lookup))
        throw new TargetRefusal("Deletion of thin device failed", "EBUSY");
      delete pool.thins[message.id];
      break;
    case "set_transaction_id":
      if (pool.transactionId !== message.from) throw new TargetRefusal("mismatched transaction id");
      pool.transactionId = message.to;
      break;
    case "reserve_metadata_snap":
      if (pool.held) throw new TargetRefusal("reserve_metadata_snap message failed", "EBUSY");
      pool.held = true;
      break;
    case "release_metadata_snap":
      if (!pool.held) throw new TargetRefusal("release_metadata_snap message failed");
      pool.held = false;
  }
  return "";
}

/** @param metadataSectors size of the metadata device */
export function statusOfPool(
  state: SimState,
  line: TableLine,
  metadataSectors: number,
  lookup: Lookup,
): string {
  const params = thinPool.decodeParams(line.params);
  const pool = poolOf(state, line, lookup);
  if (!pool) return "Fail";
  const used = 10 + Object.keys(pool.thins).length;
  return joinArgs([
    pool.transactionId,
    `${used}/${pool.metadataBlocks ?? Math.floor(metadataSectors / METADATA_BLOCK)}`,
    `0/${Math.floor(line.length / params.blockSize)}`,
    pool.held ? used : "-",
    params.readOnly ? "ro" : "rw",
    params.noDiscardPassdown ? "no_discard_passdown" : "discard_passdown",
    params.errorIfNoSpace ? "error_if_no_space" : "queue_if_no_space",
    "-",
    1024,
    "",
  ]);
}

function addThin(pool: SimPool, id: number, origin: number | null): void {
  if (pool.thins[id]) throw new TargetRefusal("Creation of new thinly-provisioned device failed", "EEXIST");
  pool.thins[id] = { origin, transactionId: pool.transactionId };
}

/** Some table has the id open. */
const isOpen = (state: SimState, pool: TableLine, id: number, lookup: Lookup): boolean =>
  state.devices.some(({ live, inactive }) =>
    [live, inactive].some((table) =>
      table?.lines.some((line) => {
        if (line.type !== "thin") return false;
        const opened = thin.decodeParams(line.params);
        const [params] = poolsOf(lookup(opened.pool));
        return opened.id === id && params?.metadata === thinPool.decodeParams(pool.params).metadata;
      }),
    ),
  );

const isPool = (lines: readonly TableLine[] | undefined): boolean => lines?.[0]?.type === "thin-pool";

/** The pool of a device, by its live and its inactive table. */
function poolsOf(device: SimDevice | undefined): ThinPool[] {
  const lines = [...(device?.live?.lines ?? []), ...(device?.inactive?.lines ?? [])];
  return lines.flatMap(({ type, params }) => (type === "thin-pool" ? [thinPool.decodeParams(params)] : []));
}

const poolOf = (state: SimState, { params }: TableLine, lookup: Lookup): SimPool | undefined => {
  const { metadata } = thinPool.decodeParams(params);
  return state.pools[keyOf(metadata, lookup(metadata))];
};
