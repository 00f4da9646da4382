/**
 * What goes at the end of a commit. What stands on others goes first, and a snapshot after its origin: as long as that
 * takes writes, each of them has to keep in the snapshot's store what was there before.
 */
import type { TableLine } from "../../../schema/index.ts";
import { devicesOf } from "../../dm/references.ts";
import { isOrigin, isSnapshot } from "../../dm/snapshot-roles.ts";
import { type Device, nameOf } from "../compare/device.ts";
import { mergeTypeOf } from "../decide/merges.ts";
import { orderNodes } from "../graph/topological.ts";
import type { Layout } from "../layout.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { PATIENCE } from "./step.ts";

/** Once something has failed, whoever still holds a device is given half a second. */
const IMPATIENCE = 5;

/** @param isSure names mean the devices that they are planned for: no rename can have failed */
export function removeSteps({ devices, removals, names, merges }: Layout, isSure: boolean): CommitStep[] {
  const mergedInto = new Map([...merges].flatMap(([into, from]) => from.map((device) => [device, into])));
  const origins = originsOf(devices.all, removals);
  return layersOf(removals, origins).flatMap((layer) =>
    layer.map((device, index) =>
      removeStep(names.nameWhenRemoved(device), device, {
        overlap: index > 0,
        mergedInto: mergedInto.get(device),
        origins: (origins.get(device) ?? []).flatMap(standingOf),
        isSure,
      }),
    ),
  );
}

/** Of each snapshot that goes: who stands for its origin now, and shall do so no longer. */
function originsOf(
  all: readonly Device[],
  removals: readonly Device[],
): ReadonlyMap<Device, readonly Device[]> {
  const snapshots = removals.filter(({ current }) => current?.table?.some(({ type }) => isSnapshot(type)));
  if (snapshots.length === 0) return new Map();
  const standing = all.filter(
    ({ current, desired }) =>
      current?.table?.some(({ type }) => isOrigin(type)) &&
      !desired?.table.some(({ type }) => isOrigin(type)),
  );
  return new Map(
    snapshots.map((device) => [device, standing.filter((origin) => originIn(origin) === originIn(device))]),
  );
}

/** How a device's table names the origin: a snapshot, and what stands for one, do so first. */
const originIn = ({ current }: Device): string | undefined => firstDevice(current?.table?.[0]);
const firstDevice = (line: TableLine | undefined): string | undefined => line && devicesOf(line)[0];

interface Standing {
  readonly name: string;
  readonly type: string;
}

/** By each name that it may have by now. */
function standingOf({ current, desired }: Device): Standing[] {
  const type = current?.table?.find((line) => isOrigin(line.type))?.type ?? "";
  const names = new Set([current?.name, desired?.name].flatMap((name) => name ?? []));
  return [...names].map((name) => ({ name, type }));
}

/** Devices that have nothing to do with each other, what is to go before others first. */
function layersOf(removals: readonly Device[], origins: ReadonlyMap<Device, readonly Device[]>): Device[][] {
  const before = (device: Device) => [...device.liveHolders, ...(origins.get(device) ?? [])];
  const layers: Device[][] = [];
  const depths = new Map<Device, number>();
  for (const device of orderNodes(removals, before).sorted) {
    const depth = before(device).reduce((most, each) => Math.max(most, depths.get(each) ?? -1), -1) + 1;
    depths.set(device, depth);
    const layer = layers[depth] ?? [];
    layers[depth] = layer;
    layer.push(device);
  }
  return layers;
}

interface Removal {
  /** At the same time as the removal before it. */
  readonly overlap: boolean;
  /** What has taken over the store of this snapshot; if it has not, the snapshot stays. */
  readonly mergedInto: Device | undefined;
  /** What stood for its origin; if one still does, the snapshot stays. */
  readonly origins: readonly Standing[];
  /** The name means this device. */
  readonly isSure: boolean;
}

function removeStep(
  name: string,
  device: Device,
  { overlap, mergedInto, origins, isSure }: Removal,
): CommitStep {
  const failed = new Label();
  return {
    clean: (assembly) =>
      assembly.add({ op: "remove", name, attempts: PATIENCE, ...(overlap && { overlap }) }, failed),
    failed(assembly) {
      if (mergedInto) {
        const into = nameOf(mergedInto);
        assembly.add({ op: "info", name: into, expect: { uuid: mergedInto.uuid } }, failed);
        assembly.add({ op: "check-status", name: into, type: mergeTypeOf(mergedInto) }, failed);
      }
      for (const origin of origins) unlessOrigin(assembly, origin, failed);
      if (!isSure) assembly.add({ op: "info", name, expect: { uuid: device.uuid } }, failed);
      assembly.add({ op: "remove", name, attempts: IMPATIENCE }, failed);
      assembly.place(failed);
    },
  };
}

/** Goes on when the device is gone, or is no such thing any more. */
function unlessOrigin(assembly: Assembly, { name, type }: Standing, stands: Label): void {
  const next = new Label();
  assembly.add({ op: "check-status", name, type }, next);
  assembly.jump(stands);
  assembly.place(next);
}
