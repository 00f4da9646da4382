import type { DiscoveredDevice, Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";

/** The document as if only these devices had been found. */
export function among(discovery: Discovery, ids: Iterable<string>): Discovery {
  const wanted = new Set(ids);
  const devices = discovery.devices.filter(({ id }) => wanted.has(id));
  return devices.length === discovery.devices.length ? discovery : withDevices(discovery, devices);
}

/** The document as if these devices had not been found. */
export function without(discovery: Discovery, ids: Iterable<string>): Discovery {
  const unwanted = new Set(ids);
  return among(
    discovery,
    discovery.devices.map(({ id }) => id).filter((id) => !unwanted.has(id)),
  );
}

/** The document as if these devices, and no others, had been found. */
export const withDevices = (discovery: Discovery, devices: readonly DiscoveredDevice[]): Discovery => ({
  ...discovery,
  devices: [...devices],
  regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
});

/**
 * Ids of devices that people name by id or path.
 * @param known ids of devices that were not found but may be named by id all the same
 * @throws DvmError NOT_FOUND
 */
export function idsOf(
  { devices, vg }: Discovery,
  words: readonly string[],
  known: readonly string[] = [],
): readonly string[] {
  const ids = words.map((name) => {
    const found = devices.find(({ id, path }) => id === name || path === name)?.id;
    const id = found ?? known.find((each) => each === name);
    if (id === undefined) throw new DvmError("NOT_FOUND", `VG ${vg.name} has no device ${name}`);
    return id;
  });
  return [...new Set(ids)];
}
