import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

/**
 * Drivers that keep in memory where they have put a write until they are asked to flush, and do not take
 * forced unit access for asking: dm-writecache on an SSD, dm-zoned. Modules are there as long as a device may
 * be theirs.
 */
const FORGETFUL = ["dm_writecache", "dm_zoned"];

/** Where to look: loaded modules (sysfs), and the list of what the kernel has without loading it (kbuild). */
export interface Drivers {
  readonly modules: string;
  readonly builtIn: string;
}

const running = (): Drivers => ({
  modules: "/sys/module",
  builtIn: `/lib/modules/${release()}/modules.builtin`,
});

/**
 * Tells whether a write that asks for forced unit access is durable when it ends, on whatever devices this
 * machine has. File systems rely on that for their journals; here it is relied upon only where no driver is
 * there that is known to fail it.
 */
export function makeMayWriteThrough(drivers: Drivers = running()): () => boolean {
  let builtIn: boolean | undefined;
  return () => {
    if (!existsSync(drivers.modules)) return false;
    if (FORGETFUL.some((name) => existsSync(`${drivers.modules}/${name}`))) return false;
    // Other than modules, this is as it was when the kernel started.
    builtIn ??= mayBeBuiltIn(drivers);
    return !builtIn;
  };
}

/**
 * What is built in need not show among the modules; it can only be where device-mapper itself is built in.
 */
function mayBeBuiltIn({ modules, builtIn }: Drivers): boolean {
  const mapper = `${modules}/dm_mod`;
  if (!existsSync(mapper) || existsSync(`${mapper}/initstate`)) return false;
  if (!existsSync(builtIn)) return true;
  const names = readFileSync(builtIn, "utf8").replaceAll("-", "_");
  return FORGETFUL.some((name) => names.includes(`/${name}.ko`));
}
