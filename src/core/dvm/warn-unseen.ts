import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { pvNamer } from "./pv-ids.ts";
import { findVg } from "./vg.ts";

/**
 * Warns of devices that have just become members but that no later command is going to find, since the config
 * names others.
 * @param vg the VG's id
 */
export async function warnUnseen(sys: Sys, vg: string, paths: readonly string[]): Promise<void> {
  const unseen = await unseenOf(sys, vg, paths);
  if (unseen.length === 0) return;
  sys.terminal.warn(
    `${unseen.join(", ")}: not among the devices that are looked at by default: add to discover.scan ` +
      "in the config, or name with -d each time",
  );
}

async function unseenOf(sys: Sys, vg: string, paths: readonly string[]): Promise<readonly string[]> {
  try {
    const discovery = await findVg(sys, { vg, devices: [] });
    const idOf = pvNamer(sys, discovery);
    const known = new Set(discovery.devices.map(({ id }) => id));
    const found = await Promise.all(paths.map(async (path) => known.has(await idOf(path))));
    return paths.filter((_, at) => !found[at]);
  } catch (thrown) {
    const { code, details } = toDvmError(thrown);
    if (code === "NOT_FOUND" || details["unread"] !== undefined) return paths;
    throw thrown;
  }
}
