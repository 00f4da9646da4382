import { readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { entries } from "./sysfs-block.ts";

/**
 * The symlinks below /dev/disk/by-*. Not those in /dev/mapper, of which there may be ten thousands: they lead
 * to dm devices, whose names there sysfs tells.
 * @param dev where device nodes are: /dev
 * @returns node -> the links that lead to it, sorted
 */
export function readAliases(dev: string): Map<string, string[]> {
  const disk = join(dev, "disk");
  const directories = entries(disk).filter((name) => name.startsWith("by-"));
  const aliases = new Map<string, string[]>();
  for (const directory of directories.sort().map((name) => join(disk, name))) {
    for (const name of entries(directory).sort()) {
      const link = join(directory, name);
      const node = target(directory, link);
      if (node !== undefined) aliases.set(node, [...(aliases.get(node) ?? []), link]);
    }
  }
  return aliases;
}

function target(directory: string, link: string): string | undefined {
  try {
    return resolve(directory, readlinkSync(link));
  } catch {
    return undefined;
  }
}
