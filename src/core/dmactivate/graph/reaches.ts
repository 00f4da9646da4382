import type { Device } from "../compare/device.ts";

/** Whether a way down leads to such a device, one of those that it begins with among them. */
export function reaches(
  from: readonly Device[],
  next: (device: Device) => readonly Device[],
  isSuch: (device: Device) => boolean,
): boolean {
  const seen = new Set(from);
  for (const device of seen) {
    if (isSuch(device)) return true;
    for (const below of next(device)) seen.add(below);
  }
  return false;
}
