import { existsSync } from "node:fs";

const MODULES = "/sys/module";
/**
 * Drivers that keep in memory where they have put a write until they are asked to flush, and do not take forced unit
 * access for asking: dm-writecache on an SSD, dm-zoned. Modules are there as long as a device may be theirs.
 */
const FORGETFUL = ["dm_writecache", "dm_zoned"];

/**
 * Whether a write that asks for forced unit access is durable when it ends, on whatever devices this machine has. File
 * systems rely on that for their journals; here it is relied upon only where no driver is loaded that is known to fail it.
 */
export const mayWriteThrough = (modules: string = MODULES): boolean =>
  existsSync(modules) && !FORGETFUL.some((name) => existsSync(`${modules}/${name}`));
