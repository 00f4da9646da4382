import { existsSync, readdirSync } from "node:fs";
import type { Test } from "tap";
import { noHelpForXstate } from "./uml-xstate.ts";

const MODULES = "/usr/lib/uml/modules";

/** What a boot needs: the file, and the Debian package that has it. */
const NEEDED = [
  ["/usr/bin/linux.uml", "user-mode-linux"],
  [MODULES, "user-mode-linux"],
  ["/bin/busybox", "busybox-static"],
  ["/usr/sbin/dmsetup", "dmsetup"],
  ["/usr/bin/taskset", "util-linux"],
] as const;

/** Where things are, once `kernelAvailable()` has said yes. */
export const KERNEL = {
  binary: NEEDED[0][0],
  busybox: NEEDED[2][0],
  taskset: NEEDED[4][0],
  modules: MODULES,
} as const;

export type Availability = { ok: true } | { ok: false; reason: string };

/** Whether a real kernel can be booted here, as far as files tell; the reason names the missing package. */
export function kernelAvailable(): Availability {
  for (const [path, debianPackage] of NEEDED) {
    if (!existsSync(path)) return { ok: false, reason: `no ${path} (Debian package ${debianPackage})` };
  }
  if (readdirSync(MODULES).length !== 1) return { ok: false, reason: `not one kernel in ${MODULES}` };
  const reason = noHelpForXstate();
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

/**
 * For the start of a test that boots a kernel: skips it where that is impossible, or fails it when
 * `DVM_REQUIRE_KERNEL=1` says that skipping is not good enough.
 *
 * @returns false when the test has been ended and must return
 */
export function requireKernel(t: Test): boolean {
  const available = kernelAvailable();
  if (available.ok) return true;
  if (process.env["DVM_REQUIRE_KERNEL"] === "1") {
    t.fail(`a real kernel is required: ${available.reason}`);
  } else {
    t.pass("needs a real kernel", { skip: available.reason });
  }
  t.end();
  return false;
}
