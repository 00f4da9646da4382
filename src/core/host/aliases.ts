import { readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { entries } from "./sysfs-block.ts";

/**
 * The symlinks below /dev/disk/by-* and in /dev/mapper.
 * @param dev where device nodes are: /dev
 * @returns node -> the links that lead to it, sorted
 */
export function readAliases(dev: string): Map<string, string[]> {
  const disk = join(dev, "disk");
  const directories = [
    ...entries(disk)
      .filter((name) => name.startsWith("by-"))
      .map((name) => join(disk, name)),
    join(dev, "mapper"),
  ];
  const aliases = new Map<string, string[]>();
  for (const directory of directories.sort()) {
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
