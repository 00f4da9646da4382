/** Sparse image files, and loop devices over them where there is a root. */
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./measure.ts";
import type { Place } from "./row.ts";

export function images(place: Place, name: string, count: number, bytes: number): string[] {
  const directory = join(place.directory, name);
  mkdirSync(directory, { recursive: true });
  return Array.from({ length: count }, (_, index) => {
    const path = join(directory, `${index}.img`);
    writeFileSync(path, "");
    truncateSync(path, bytes);
    return path;
  });
}

export function loops(place: Place, name: string, count: number, bytes: number): string[] {
  const devices: string[] = [];
  place.atEnd(() => {
    for (const device of devices) run(["losetup", "-d", device]);
  });
  for (const image of images(place, name, count, bytes))
    devices.push(run(["losetup", "-f", "--show", image], { keep: true }).trim());
  return devices;
}
