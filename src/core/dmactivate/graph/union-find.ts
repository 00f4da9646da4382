import type { Device } from "../compare/device.ts";

/** Union-find with path halving: who stands for all that were united with a device. */
export function leaderOf(leaders: Map<Device, Device>, device: Device): Device {
  let at = device;
  for (;;) {
    const up = leaders.get(at);
    if (up === undefined || up === at) return at;
    const above = leaders.get(up);
    if (above !== undefined) leaders.set(at, above);
    at = up;
  }
}
