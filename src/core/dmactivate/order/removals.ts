/**
 * What goes at the end of a commit. What stands on others goes first, and a snapshot after its origin: as
 * long as that takes writes, each of them has to keep in the snapshot's store what was there before.
 */
import type { TableLine } from "../../../schema/index.ts";
import { hasType } from "../../dm/has-type.ts";
import { devicesOf } from "../../dm/references.ts";
import { isOrigin, isSnapshot } from "../../dm/snapshot-roles.ts";
import type { Device } from "../compare/device.ts";
import type { Merges } from "../decide/merges.ts";
import type { Names } from "../decide/names.ts";
import { orderNodes } from "../graph/topological.ts";

export interface Removal {
  readonly device: Device;
  /** The name under which it is removed. */
  readonly name: string;
  /** What takes over the store of this snapshot; if it has not, the snapshot stays. */
  readonly mergedInto: Device | undefined;
  /** What stands for its origin and shall do so no longer; if one still does, the snapshot stays. */
  readonly origins: readonly Device[];
}

/**
 * @returns what goes, those first that are to go before others; each layer holds what has nothing to do with
 * one another
 */
export function layersOf(
  all: readonly Device[],
  going: readonly Device[],
  names: Names,
  merges: Merges,
): Removal[][] {
  const mergedInto = new Map([...merges].flatMap(([into, from]) => from.map((device) => [device, into])));
  const origins = originsOf(all, going);
  const before = (device: Device) => [...device.liveHolders, ...(origins.get(device) ?? [])];
  const layers: Removal[][] = [];
  const depths = new Map<Device, number>();
  for (const device of orderNodes(going, before).sorted) {
    const depth = before(device).reduce((most, each) => Math.max(most, depths.get(each) ?? -1), -1) + 1;
    depths.set(device, depth);
    const layer = layers[depth] ?? [];
    layers[depth] = layer;
    layer.push({
      device,
      name: names.nameWhenRemoved(device),
      mergedInto: mergedInto.get(device),
      origins: origins.get(device) ?? [],
    });
  }
  return layers;
}

/** Of each snapshot that goes: who stands for its origin now, and shall do so no longer. */
function originsOf(all: readonly Device[], going: readonly Device[]): ReadonlyMap<Device, readonly Device[]> {
  const snapshots = going.filter(({ current }) => hasType(current?.table, isSnapshot));
  if (snapshots.length === 0) return new Map();
  const standing = all.filter(
    ({ current, desired }) => hasType(current?.table, isOrigin) && !hasType(desired?.table, isOrigin),
  );
  return new Map(
    snapshots.map((device) => [device, standing.filter((origin) => originIn(origin) === originIn(device))]),
  );
}

/** How a device's table names the origin: a snapshot, and what stands for one, do so first. */
const originIn = ({ current }: Device): string | undefined => firstDevice(current?.table?.[0]);
const firstDevice = (line: TableLine | undefined): string | undefined => line && devicesOf(line)[0];
