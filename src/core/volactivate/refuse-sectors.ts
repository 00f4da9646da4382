import type { Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { areasOf } from "../dm/areas.ts";
import { firstUserOf, type Usage, type Used } from "../volume/usage.ts";
import type { LiveLv } from "./live.ts";
import type { Place } from "./places.ts";

/**
 * Two LVs on one sector destroy each other. What is live now may stay so for a while, or come back when its
 * removal fails, so it counts whatever shall become of it.
 * @param usage of the metadata that is to come
 * @throws DvmError WOULD_LOSE_DATA when a table of an LV, live or loaded, maps a sector that another LV owns
 */
export function refuseForeignSectors(
  { vg }: Metadata,
  usage: Usage,
  live: ReadonlyMap<string, LiveLv>,
  places: ReadonlyMap<string, Place>,
): void {
  const pvs = new Map([...places].map(([pv, place]) => [place.token, { pv, ...place }]));
  for (const { id, devices } of live.values()) {
    for (const device of devices) {
      for (const area of [...(device.table ?? []), ...(device.inactive ?? [])].flatMap(areasOf)) {
        const place = pvs.get(area.device);
        if (!place || area.length === 0) continue;
        const start = Math.floor((area.start - place.dataStart) / vg.extentSize);
        const end = Math.ceil((area.start + area.length - place.dataStart) / vg.extentSize);
        const owner = firstOther(usage.get(place.pv) ?? [], start, end, id);
        if (!owner) continue;
        throw new DvmError(
          "WOULD_LOSE_DATA",
          `${device.name} is live on extent ${Math.max(start, owner.start)} of PV ${place.pv}, which ` +
            `LV ${owner.lv.name} owns: deactivate it first`,
          { details: { device: device.name, lv: owner.lv.name, pv: place.pv } },
        );
      }
    }
  }
}

function firstOther(used: readonly Used[], start: number, end: number, id: string) {
  let from = start;
  for (;;) {
    const user = firstUserOf(used, from, end);
    if (!user || user.lv.id !== id) return user;
    from = user.end;
  }
}
