import type { DmDevice, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { ownerOfUuids, type VgAsLive } from "../volume/identity.ts";

/**
 * An LV that is live as LVM2 made it keeps the devices that it has until it has been down once: its tables
 * may change, not what it is built of.
 * @param before and after: the devices of the live LVs as both states have them
 * @throws DvmError IN_USE, naming the LV and what to do
 */
export function refuseRestacked(
  old: Metadata,
  next: Metadata,
  { before, after }: { readonly before: readonly DmDevice[]; readonly after: readonly DmDevice[] },
): void {
  const vg: VgAsLive = old.vg;
  if (!vg.liveAs) return;
  const nextUuids = uuidsOf(next, after);
  for (const [id, uuids] of uuidsOf(old, before)) {
    const name = old.lvs.find((lv) => lv.id === id)?.name ?? id;
    const then = nextUuids.get(id);
    if (!vg.liveAs.has(id) || !then || then === uuids) continue;
    throw new DvmError(
      "IN_USE",
      `LV ${name} is live as LVM2 made it, and would be built of other devices: run dvm deactivate ` +
        `${vg.name} ${name}, then dvm activate ${vg.name} ${name}, once`,
      { details: { lv: name } },
    );
  }
}

/** By LV, in one text each. */
function uuidsOf(metadata: Metadata, devices: readonly DmDevice[]): ReadonlyMap<string, string> {
  const ownerOf = ownerOfUuids(metadata);
  const uuids = new Map<string, string[]>();
  for (const { uuid } of devices) {
    const lv = ownerOf(uuid)?.lv;
    if (lv !== undefined) uuids.set(lv, [...(uuids.get(lv) ?? []), uuid]);
  }
  return new Map([...uuids].map(([lv, all]) => [lv, all.sort().join(" ")]));
}
