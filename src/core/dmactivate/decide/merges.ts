/**
 * A snapshot that is merged back into its origin: the origin's snapshot-merge takes over the store from the
 * live snapshot when it goes live. The kernel lets it do so only while that snapshot is suspended, and
 * afterwards gives errors for all I/O to that. So both are suspended together, and the snapshot goes. It must
 * not go without that: what is then written to the origin would no longer be kept from being taken for a part
 * of the snapshot.
 */
import type { Instruction, TableLine } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import { hasType } from "../../dm/has-type.ts";
import { referenceOf } from "../../dm/references.ts";
import { hasDifferences, isMerge, isSnapshot } from "../../dm/snapshot-roles.ts";
import { targetOf } from "../../dm/targets/index.ts";
import { type Device, type Devices, findDesired, nameOf } from "../compare/device.ts";

/** Live snapshots whose store a device is to merge, by that device. */
export type Merges = ReadonlyMap<Device, readonly Device[]>;

/**
 * @throws DvmError BAD_INPUT when a snapshot that stays has the store of another device's snapshot-merge
 */
export function findMerges(devices: Devices): Merges {
  const merging = devices.all.flatMap((device) => {
    const line = device.desired?.table.find(({ type }) => isMerge(type));
    return line ? [{ device, store: desiredStore(devices, line) }] : [];
  });
  if (merging.length === 0) return new Map();
  const live = devices.all.flatMap((device) => {
    const line = device.current?.table?.find(({ type }) => isSnapshot(type));
    return line ? [{ device, store: currentStore(devices, line) }] : [];
  });
  for (const { device, store } of merging)
    for (const other of devices.all) {
      const line = other.desired?.table.find(({ type }) => hasDifferences(type));
      const stays = !other.going && live.some((each) => each.device === other && each.store === store);
      if (other !== device && (stays || (line && desiredStore(devices, line) === store)))
        throw new DvmError(
          "BAD_INPUT",
          `${nameOf(device)} is to merge the store that ${nameOf(other)} uses, which therefore has to go`,
        );
    }
  return new Map(
    merging.map(({ device, store }) => [
      device,
      live.flatMap((other) => (other.device !== device && other.store === store ? [other.device] : [])),
    ]),
  );
}

/**
 * That nobody has them open but tables: what they hold becomes another when the merge begins, and who has
 * read the one must not go on with the other.
 */
export const closedForMerge = (device: Device, merges: Merges): Instruction[] =>
  [device, ...(merges.get(device) ?? [])].flatMap(({ uuid, current, holdingTables }) =>
    current?.table?.length && !hasType(current.table, isMerge)
      ? [{ op: "info", name: current.name, expect: { uuid, openAtMost: holdingTables } }]
      : [],
  );

/** What a merge looks like in a table: the type of the line that does it. */
export const mergeTypeOf = ({ desired }: Device): string =>
  defined(
    desired?.table.find(({ type }) => isMerge(type)),
    "a line that merges",
  ).type;

const desiredStore = (devices: Devices, line: TableLine): string =>
  storeOf(line, (name) => findDesired(devices, name));
const currentStore = (devices: Devices, line: TableLine): string =>
  storeOf(line, (name) => devices.byCurrentName.get(name));

/** The same for the same device. */
function storeOf({ type, params }: TableLine, find: (name: string) => Device | undefined): string {
  const target = targetOf(type);
  const { store } = defined(target.differences?.(target.decodeParams(params)), "differences");
  const name = referenceOf(store);
  return name === undefined ? store : `@${find(name)?.uuid ?? name}`;
}
