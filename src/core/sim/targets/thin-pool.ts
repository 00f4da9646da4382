/** Thin pools of the simulated kernel: which ids exist, and the transaction id. No chunk is ever taken. */
import type { TableLine } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { joinArgs } from "../../dm/args.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { thin } from "../../dm/targets/thin.ts";
import { decodeThinMessage } from "../../dm/targets/thin-message.ts";
import { type ThinPool, thinPool as target } from "../../dm/targets/thin-pool.ts";
import { keyOf, type SimDevice, type SimPool } from "../dm-state.ts";
import type { Around, SimTarget } from "./target.ts";
import { keepPool, readPool } from "./thin-metadata.ts";

/** Sectors of a block of metadata. */
const METADATA_BLOCK = 8;

export const thinPool: SimTarget = {
  construct(line, around) {
    openPool(line, around);
    return target.encodeParams(target.decodeParams(line.params));
  },
  resume(line, around) {
    grow(line, around);
    return line;
  },
  status: statusOfPool,
  message: messagePool,
};

/**
 * Metadata that nobody has seen before is formatted.
 * @throws TargetRefusal
 */
function openPool(line: TableLine, around: Around): void {
  const { state, device, deviceOf } = around;
  const params = target.decodeParams(line.params);
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
  const key = keyOf(params.metadata, deviceOf(params.metadata));
  const known = state.pools[key] ?? poolOnDisk(params.metadata, around);
  if (known && known.blockSize !== params.blockSize)
    throw new TargetRefusal("Error creating metadata object");
  state.pools[key] = known ?? { transactionId: 0, thins: {}, blockSize: params.blockSize, blocks: 0 };
  if (!known) keepPool(state.pools[key], params.metadata, around);
}

/** @throws TargetRefusal for what no kernel has written */
function poolOnDisk(metadata: string, around: Around): SimPool | undefined {
  try {
    return readPool(metadata, around);
  } catch (thrown) {
    if (!(thrown instanceof DvmError)) throw thrown;
    throw new TargetRefusal("Error creating metadata object");
  }
}

/** It takes what room there is, and never gives it back. @throws TargetRefusal */
function grow(line: TableLine, around: Around): void {
  const pool = poolOf(line, around);
  if (!pool) return;
  const blocks = Math.floor(line.length / pool.blockSize);
  if (blocks < pool.blocks)
    throw new TargetRefusal(`pool target (${blocks} blocks) too small: expected ${pool.blocks}`);
  pool.blocks = blocks;
  const { metadata } = target.decodeParams(line.params);
  const metadataBlocks = Math.floor(around.sizeOf(metadata) / METADATA_BLOCK);
  const known = pool.metadataBlocks ?? 0;
  if (metadataBlocks < known)
    throw new TargetRefusal(`metadata device (${metadataBlocks} blocks) too small: expected ${known}`);
  pool.metadataBlocks = metadataBlocks;
}

/**
 * A message to a pool.
 * @returns its answer, always empty
 * @throws TargetRefusal
 */
function messagePool(line: TableLine, text: string, around: Around): string {
  const pool = poolOf(line, around);
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
      if (isOpen(line, message.id, around))
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
  keepPool(pool, target.decodeParams(line.params).metadata, around);
  return "";
}

function statusOfPool(line: TableLine, around: Around): string {
  const params = target.decodeParams(line.params);
  const pool = poolOf(line, around);
  if (!pool) return "Fail";
  const used = 10 + Object.keys(pool.thins).length;
  return joinArgs([
    pool.transactionId,
    `${used}/${pool.metadataBlocks ?? Math.floor(around.sizeOf(params.metadata) / METADATA_BLOCK)}`,
    `${pool.used ?? 0}/${Math.floor(line.length / params.blockSize)}`,
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
const isOpen = (pool: TableLine, id: number, { state, deviceOf }: Around): boolean =>
  state.devices.some(({ live, inactive }) =>
    [live, inactive].some((table) =>
      table?.lines.some((line) => {
        if (line.type !== thin.type) return false;
        const opened = thin.decodeParams(line.params);
        const [params] = poolsOf(deviceOf(opened.pool));
        return opened.id === id && params?.metadata === target.decodeParams(pool.params).metadata;
      }),
    ),
  );

/** The pool of a device, by its live and its inactive table. */
export function poolsOf(device: Pick<SimDevice, "live" | "inactive"> | undefined): ThinPool[] {
  const lines = [...(device?.live?.lines ?? []), ...(device?.inactive?.lines ?? [])];
  return lines.flatMap(({ type, params }) => (type === target.type ? [target.decodeParams(params)] : []));
}

function poolOf({ params }: TableLine, { state, deviceOf }: Around): SimPool | undefined {
  const { metadata } = target.decodeParams(params);
  return state.pools[keyOf(metadata, deviceOf(metadata))];
}
