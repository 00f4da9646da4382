/** The VG's devices in a dm state, by LV. */
import type { DmDevice, DmState, Metadata } from "../../schema/index.ts";
import { ownerOfUuids } from "../volume/identity.ts";

/** What there is of one LV. */
export interface LiveLv {
  readonly id: string;
  /** The device of the LV itself; without it the LV is not live, whatever parts a crash has left. */
  top: DmDevice | undefined;
  readonly devices: DmDevice[];
}

/** @returns by LV id; an LV that nothing is there of has no entry */
export function liveLvs({ devices }: DmState, metadata: Metadata): ReadonlyMap<string, LiveLv> {
  const lvs = new Map<string, LiveLv>();
  const ownerOf = ownerOfUuids(metadata);
  for (const device of devices) {
    const owner = ownerOf(device.uuid);
    if (!owner) continue;
    const lv: LiveLv = lvs.get(owner.lv) ?? { id: owner.lv, top: undefined, devices: [] };
    lv.devices.push(device);
    if (owner.layer === "") lv.top = device;
    lvs.set(owner.lv, lv);
  }
  return lvs;
}
