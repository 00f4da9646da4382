/**
 * A snapshot that is merged back into its origin: the origin's snapshot-merge takes over the store from the live
 * snapshot when it goes live. The kernel lets it do so only while that snapshot is suspended, and afterwards gives
 * errors for all I/O to that. So both are suspended together, and the snapshot goes. It must not go without that:
 * what is then written to the origin would no longer be kept from being taken for a part of the snapshot.
 */
import { DvmError } from "../base/error.ts";
import { referenceOf } from "../dm/references.ts";
import { snapshot } from "../dm/targets/snapshot.ts";
import { type Device, type Devices, findDesired, nameOf } from "./device.ts";

/** Live snapshots whose store a device is to merge, by that device. */
export type Merges = ReadonlyMap<Device, readonly Device[]>;

/**
 * @throws DvmError BAD_INPUT when a snapshot that stays has the store of another device's snapshot-merge
 */
export function findMerges(devices: Devices): Merges {
  const merging = devices.all.flatMap((device) => {
    const line = device.desired?.table.find(({ type }) => type === "snapshot-merge");
    return line ? [{ device, store: desiredStore(devices, line.params) }] : [];
  });
  if (merging.length === 0) return new Map();
  const live = devices.all.flatMap((device) => {
    const line = device.current?.table?.find(({ type }) => type === "snapshot");
    return line ? [{ device, store: currentStore(devices, line.params) }] : [];
  });
  for (const { device, store } of merging)
    for (const other of devices.all) {
      const line = other.desired?.table.find(({ type }) => type === "snapshot" || type === "snapshot-merge");
      const stays = !other.going && live.some((each) => each.device === other && each.store === store);
      if (other !== device && (stays || (line && desiredStore(devices, line.params) === store)))
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

const desiredStore = (devices: Devices, params: string): string =>
  storeOf(params, (name) => findDesired(devices, name));
const currentStore = (devices: Devices, params: string): string =>
  storeOf(params, (name) => devices.byCurrentName.get(name));

/** The same for the same device. */
function storeOf(params: string, find: (name: string) => Device | undefined): string {
  const { cow } = snapshot.decodeParams(params);
  const name = referenceOf(cow);
  return name === undefined ? cow : `@${find(name)?.uuid ?? name}`;
}
