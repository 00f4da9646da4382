import { SIM_MAJOR, type SimState, type SimTable } from "../../src/core/sim/dm-state.ts";
import { usageOf } from "../../src/core/volume/usage.ts";
import type { Discovery, Metadata } from "../../src/schema/index.ts";

type Mapping = Pick<SimTable, "needs"> | null;

/** What the tables of dm devices map of disks, which are named by their paths. */
export interface Mapped {
  readonly devices: readonly { readonly name: string; readonly live: Mapping; readonly inactive: Mapping }[];
}

/** What device-mapper maps of disks though the metadata calls it free, in words. */
export function mappedButFree(metadata: Metadata, discovery: Discovery, { devices }: Mapped): string[] {
  const usage = usageOf(metadata, "BUG");
  const { extentSize } = metadata.vg;
  const diskAt = new Map(discovery.devices.map((device) => [device.path, device]));
  const wrong: string[] = [];
  for (const { name, live, inactive } of devices) {
    for (const { device, start, length } of [...(live?.needs ?? []), ...(inactive?.needs ?? [])]) {
      // Of another dm device its own tables tell.
      if (device.startsWith(`${SIM_MAJOR}:`)) continue;
      const disk = diskAt.get(device);
      const used = usage.get(disk?.id ?? "") ?? [];
      const isUsed = (sector: number) =>
        used.some(
          (each) =>
            sector >= (disk?.dataStart ?? 0) + each.start * extentSize &&
            sector < (disk?.dataStart ?? 0) + each.end * extentSize,
        );
      for (let sector = start; sector < start + length; sector += 8)
        if (!isUsed(sector)) {
          wrong.push(`${name} maps sector ${sector} of ${device}`);
          break;
        }
    }
  }
  return wrong;
}

/** Devices that are suspended, or have a table that nobody uses, in words. */
export const unsettled = ({ devices }: SimState): string[] =>
  devices.flatMap(({ name, suspended, inactive }) => [
    ...(suspended ? [`${name} is suspended`] : []),
    ...(inactive ? [`${name} has an inactive table`] : []),
  ]);
