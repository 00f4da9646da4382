import type { DmDevice } from "../../schema/index.ts";
import { areasOf } from "./areas.ts";
import { referenceOf } from "./references.ts";

/**
 * The first sectors of a disk that the tables of two devices map: each would overwrite what the other has
 * written. Devices that share what they stand on (a snapshot and its origin) do so by a dm device that alone
 * maps the sectors.
 */
export function sharedSectors(devices: readonly DmDevice[]): string | undefined {
  const areas = devices.flatMap(({ name, table }) =>
    (table ?? []).flatMap((line) =>
      areasOf(line).flatMap(({ device, start, length }) =>
        length === 0 || referenceOf(device) !== undefined
          ? []
          : [{ name, device, start, end: start + length }],
      ),
    ),
  );
  areas.sort((a, b) => (a.device === b.device ? a.start - b.start : a.device < b.device ? -1 : 1));
  // Of those so far on the disk, that which reaches furthest.
  let furthest = areas[0];
  for (const area of areas) {
    if (area === furthest) continue;
    if (furthest?.device === area.device && area.start < furthest.end) {
      if (area.name !== furthest.name)
        return `${furthest.name} and ${area.name} map sector ${area.start} of ${area.device}`;
      if (area.end <= furthest.end) continue;
    }
    furthest = area;
  }
  return undefined;
}
