/**
 * What becomes of the thin ids of a pool.
 *
 * The kernel does not tell which ids there are, so the desired state says what to create and to delete, and
 * the pool's transaction id says whether that has been done: it is one more when ids have been created, and
 * one more than that when ids have been deleted. An id that is there already, though the transaction is not
 * that far, was left by a prepare that was cut off: nobody has ever used it.
 */
import type { Table } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { referenceOf } from "../../dm/references.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { thin } from "../../dm/targets/thin.ts";
import { thinPool } from "../../dm/targets/thin-pool.ts";
import type { Comparison } from "../compare/compare.ts";
import { type Device, type Devices, nameOf } from "../compare/device.ts";
import { isPool } from "../compare/pool-room.ts";

export interface NewThin {
  readonly id: number;
  readonly origin: number | undefined;
  /** Live devices of the origin, which are suspended meanwhile. */
  readonly suspends: readonly Device[];
}

export interface PoolChanges {
  /** The one that says that what was to be created is there. */
  readonly transactionId: number;
  /** The one that says that what was to be deleted is gone, too. */
  readonly last: number;
  /** All is there: only the deletions are left to be made sure of. */
  readonly over: boolean;
  readonly create: readonly NewThin[];
  readonly delete: readonly number[];
}

/**
 * Of each pool whose thin ids change.
 * @throws DvmError BAD_INPUT for a device that is no pool and for ids that stand twice, TABLES_DIFFER when
 *   the
 * live pool is at another transaction
 */
export function poolChanges({ devices, compared }: Comparison): ReadonlyMap<Device, PoolChanges> {
  const changes = new Map<Device, PoolChanges>();
  for (const device of compared.keys()) {
    const change = changeOf(devices, device);
    if (change) changes.set(device, change);
  }
  return changes;
}

/** @returns undefined when there is nothing to do */
function changeOf(devices: Devices, device: Device): PoolChanges | undefined {
  const { current, desired } = device;
  const thins = desired?.thins;
  if (!thins) return undefined;
  if (!isPool(desired.table[0]?.type ?? "")) throw bad(device, "has thin ids, but is no thin-pool");
  const { transactionId, create = [], delete: gone = [] } = thins;
  const ids = [...create.map(({ id }) => id), ...gone];
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw bad(device, `names thin id ${twice} twice`);
  const found = current?.table?.length ? thinPool.decodeStatus?.(current.status?.[0] ?? "") : undefined;
  const at = found?.state === "ok" ? found.transactionId : undefined;
  const last = transactionId + (gone.length > 0 ? 1 : 0);
  if (at !== undefined && (at < transactionId - 1 || at > last))
    throw new DvmError(
      "TABLES_DIFFER",
      `pool ${nameOf(device)} is at transaction ${at}, which is neither ${last} nor on the way there`,
    );
  if (at === last) return undefined;
  const over = at === transactionId;
  const users = usersOf(devices, device);
  return {
    transactionId,
    last,
    over,
    create: over ? [] : create.flatMap((each) => newThin(each, users)),
    delete: gone,
  };
}

interface User {
  readonly device: Device;
  readonly id: number;
}

/** What is open in some table is there: a prepare that was cut off has made it. */
function newThin({ id, origin }: { id: number; origin?: number }, users: readonly User[]): NewThin[] {
  if (users.some((user) => user.id === id)) return [];
  const suspends = users.flatMap(({ id: used, device }) =>
    used === origin && device.current?.table?.length && !device.current.suspended ? [device] : [],
  );
  return [{ id, origin, suspends: [...new Set(suspends)] }];
}

/** The devices whose tables have ids of the pool. */
function usersOf({ byCurrentName }: Devices, pool: Device): User[] {
  return pool.holders.flatMap((device) => {
    const lines: Table = [...(device.current?.table ?? []), ...(device.current?.inactive ?? [])];
    return lines.flatMap(({ type, params }) => {
      if (type !== thin.type) return [];
      try {
        const { pool: token, id } = thin.decodeParams(params);
        return byCurrentName.get(referenceOf(token) ?? "") === pool ? [{ device, id }] : [];
      } catch (refusal) {
        if (refusal instanceof TargetRefusal) return [];
        throw refusal;
      }
    });
  });
}

const bad = (device: Device, what: string): DvmError =>
  new DvmError("BAD_INPUT", `${nameOf(device)} ${what}`);
