/** The VG's devices in a dm state, by LV. */
import type { DmDevice, DmState } from "../../schema/index.ts";
import { parseDmUuid } from "../dm/uuid.ts";

/** What there is of one LV. */
export interface LiveLv {
  readonly id: string;
  /** The device of the LV itself; without it the LV is not live, whatever parts a crash has left. */
  top: DmDevice | undefined;
  readonly devices: DmDevice[];
}

/** @returns by LV id; an LV that nothing is there of has no entry */
export function liveLvs({ devices }: DmState, vgId: string): ReadonlyMap<string, LiveLv> {
  const lvs = new Map<string, LiveLv>();
  for (const device of devices) {
    const uuid = parseDmUuid(device.uuid);
    if (uuid?.owner !== "DVM" || uuid.vg !== vgId) continue;
    const lv: LiveLv = lvs.get(uuid.lv) ?? { id: uuid.lv, top: undefined, devices: [] };
    lv.devices.push(device);
    if (uuid.layer === undefined) lv.top = device;
    lvs.set(uuid.lv, lv);
  }
  return lvs;
}
