import { join } from "node:path";
import { read } from "../scan/sysfs-block.ts";

/** What udev has noted about a device. */
export interface UdevEntry {
  /** Symlinks, relative to /dev. */
  readonly links: readonly string[];
  /** ID_FS_TYPE: what udev found on it, e.g. "mpath_member" or "linux_raid_member". */
  readonly fsType?: string;
}

/**
 * Reads one file of the udev database (lines `S:link` and `E:KEY=value`, as `udevadm info --export-db`
 * shows).
 * @param dev "major:minor"
 * @returns an empty entry where no udev runs
 */
export function readUdevEntry(directory: string, dev: string): UdevEntry {
  const lines = (read(join(directory, `b${dev}`)) ?? "").split("\n");
  const property = (key: string) => {
    const start = `E:${key}=`;
    return lines.find((line) => line.startsWith(start))?.slice(start.length);
  };
  // multipath's rules mark a path before (and whether or not) the map is set up.
  const fsType = property("DM_MULTIPATH_DEVICE_PATH") === "1" ? "mpath_member" : property("ID_FS_TYPE");
  return {
    links: lines.filter((line) => line.startsWith("S:")).map((line) => line.slice(2)),
    ...(fsType === undefined || fsType === "" ? {} : { fsType }),
  };
}
