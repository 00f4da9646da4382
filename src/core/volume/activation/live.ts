/** The VG's devices in a dm state, by LV. */
import type { DmDevice, DmState } from "../../../schema/index.ts";
import { UUID_PREFIX } from "../../dm/name.ts";

/** What there is of one LV. */
export interface LiveLv {
  readonly id: string;
  /** The device of the LV itself; without it the LV is not live, whatever parts a crash has left. */
  top: DmDevice | undefined;
  readonly devices: DmDevice[];
}

const ID_LENGTH = 32;

/** @returns by LV id; an LV that nothing is there of has no entry */
export function liveLvs({ devices }: DmState, vgId: string): ReadonlyMap<string, LiveLv> {
  const prefix = scopeOfVg(vgId);
  const lvs = new Map<string, LiveLv>();
  for (const device of devices) {
    if (!device.uuid.startsWith(prefix)) continue;
    const id = device.uuid.slice(prefix.length, prefix.length + ID_LENGTH);
    const lv: LiveLv = lvs.get(id) ?? { id, top: undefined, devices: [] };
    lv.devices.push(device);
    if (device.uuid.length === prefix.length + ID_LENGTH) lv.top = device;
    lvs.set(id, lv);
  }
  return lvs;
}

/** What the uuids of a VG's devices begin with. */
export const scopeOfVg = (vgId: string): string => `${UUID_PREFIX}${vgId}`;
