/** Where the extents of PVs are, as tables and block I/O name the devices. */
import type { DiscoveredDevice, Discovery, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Bytes, Extents, Sectors } from "../base/units.ts";
import type { Run } from "../volume/runs.ts";

export interface Place {
  /** The device as dm tables name it: major:minor, `@NAME` of a dm device, or the path of an image file. */
  readonly token: string;
  /** For block I/O; undefined when only a live table told where the PV is. */
  readonly path: string | undefined;
  readonly dataStart: Sectors;
  /** Those that are there: fewer than the PV has when the device was cut short. */
  readonly extents: Extents;
}

/** The place of the PV that these extents are on; undefined when not all of them are there. */
export function placeOf(places: ReadonlyMap<string, Place>, { pv, start, length }: Run): Place | undefined {
  const place = places.get(pv);
  return place && start + length <= place.extents ? place : undefined;
}

export interface Places {
  readonly of: ReadonlyMap<string, Place>;
  /** Why a PV has no place, or lacks a part, for people. */
  readonly whyNot: ReadonlyMap<string, string>;
}

/**
 * Finds each PV of the metadata among the devices. One that is there twice, or smaller than the metadata
 * says, has no place: either could put an LV's data where it does not belong. Neither has one that came back
 * with other logical blocks, a disk whose image was copied to one with other sectors: its LVs would have
 * others, too. Of one that was cut short, extents that are still there have their place.
 * @param tokenOf how tables name a device
 * @param anyBlocks for those who show bytes, not a device, whose block size would matter
 */
export function placesOf(
  { vg, pvs }: Metadata,
  discovery: Discovery,
  tokenOf: (device: DiscoveredDevice) => string,
  { anyBlocks = false } = {},
): Places {
  const devices = new Map(discovery.devices.map((device) => [device.id, device]));
  const duplicates = new Map(discovery.duplicates.map(({ id, paths }) => [id, paths]));
  const of = new Map<string, Place>();
  const whyNot = new Map<string, string>();
  for (const { id, extents, blockBytes } of pvs) {
    const device = devices.get(id);
    const paths = duplicates.get(id);
    if (paths) whyNot.set(id, `is there more than once: ${paths.join(", ")}`);
    else if (!device) whyNot.set(id, "is missing");
    else if (extents * vg.extentSize > device.dataLength)
      whyNot.set(id, `has ${extents} extents, more than ${device.path} has room for`);
    else if (blockBytes !== device.blockBytes && !anyBlocks) whyNot.set(id, otherBlocks(device, blockBytes));
    else {
      const there = Math.min(extents, extentsThere(device, vg.extentSize));
      if (there < extents)
        whyNot.set(id, `was cut short: ${device.path} has ${there} of its ${extents} extents`);
      of.set(id, { token: tokenOf(device), path: device.path, dataStart: device.dataStart, extents: there });
    }
  }
  return { of, whyNot };
}

const extentsThere = ({ size, dataStart }: DiscoveredDevice, extentSize: Sectors): Extents =>
  Math.max(0, Math.floor((size - dataStart) / extentSize));

const otherBlocks = ({ id, path, blockBytes }: DiscoveredDevice, before: Bytes): string =>
  `has logical blocks of ${before} bytes by its record, and ${path} has ${blockBytes}: attach it as it ` +
  `was, or take that down: manip pv-blocks --pv ${id} --block-size ${blockBytes}b --allow-mixed-blocks`;

/** @throws DvmError BAD_INPUT when the devices are those of another VG */
export function requireSameVg({ vg }: Metadata, discovery: Discovery): void {
  if (vg.id !== discovery.vg.id)
    throw new DvmError(
      "BAD_INPUT",
      `the metadata is of VG ${vg.name} (${vg.id}), the devices are of ${discovery.vg.name} ` +
        `(${discovery.vg.id})`,
    );
}

/** As tables of device-mapper name it. @param names dm devices by major:minor, when they are known */
export const byDev =
  (names: ReadonlyMap<string, string>) =>
  ({ dev, path }: DiscoveredDevice): string => {
    if (dev === null) return path;
    const name = names.get(dev);
    return name === undefined ? dev : `@${name}`;
  };

/** By path, for those who open devices themselves. */
export const byPath = ({ path }: DiscoveredDevice): string => path;
