import { setTimeout as sleep } from "node:timers/promises";
import { type Roots, readSysfsBlock, SUSPENDED, type SysfsBlock } from "./sysfs-block.ts";

/**
 * A device that somebody has just suspended to change its table is back within moments: so long it is waited
 * for.
 */
const NAPS = 50;
const NAP_MS = 20;

/** What sysfs tells of a block device, once it is not suspended, or has been for long. */
export async function readAwake(roots: Roots, name: string): Promise<SysfsBlock | undefined> {
  for (let nap = 0; ; nap += 1) {
    const block = readSysfsBlock(roots, name);
    if (block?.stopped !== SUSPENDED || nap === NAPS) return block;
    await sleep(NAP_MS);
  }
}
