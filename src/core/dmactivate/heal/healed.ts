import type { DmDevice, DmState } from "../../../schema/index.ts";
import { referencesOf } from "../compare/device.ts";
import type { Heal } from "./heal.ts";

/** The state that there will be. */
export function healed(state: DmState, heals: readonly Heal[]): DmState {
  const byName = new Map(heals.map((each) => [each.name, each]));
  const released = new Map<string, number>();
  const devices = state.devices.map((device) => {
    const heal = byName.get(device.name);
    if (!heal) return device;
    // What the status of another table will be is not known yet.
    const { inactive, suspended: _suspended, status, ...rest } = device;
    const [table, dropped] = heal.with === "loaded" ? [inactive, device.table] : [device.table, inactive];
    const kept = referencesOf(table ?? []);
    for (const name of referencesOf(dropped ?? []))
      if (!kept.has(name)) released.set(name, (released.get(name) ?? 0) + 1);
    return { ...rest, table: table ?? null, ...(heal.with === "live" && status && { status }) };
  });
  const release = (device: DmDevice): DmDevice => {
    const count = released.get(device.name);
    return count === undefined ? device : { ...device, openCount: (device.openCount ?? 0) - count };
  };
  return { ...state, devices: devices.map(release) };
}
