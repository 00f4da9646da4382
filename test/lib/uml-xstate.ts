import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COMPILER = "/usr/bin/cc";

/**
 * Whether this machine's processor has more registers than the kernel can keep (uml-xstate.c says what then
 * happens).
 */
const isTooMuch = (): boolean => /^flags.* amx_tile( |$)/m.test(readFileSync("/proc/cpuinfo", "utf8"));

/** Why the kernel cannot be helped here; undefined when it can, or needs no help. */
export const noHelpForXstate = (): string | undefined =>
  isTooMuch() && !existsSync(COMPILER)
    ? `no ${COMPILER} (Debian package gcc), which a processor with AMX takes`
    : undefined;

/** @returns what is to be in the kernel's environment, compiled into the directory */
export function helpForXstate(directory: string): { LD_PRELOAD?: string } {
  if (!isTooMuch()) return {};
  const library = join(directory, "xstate.so");
  const source = fileURLToPath(new URL("./uml-xstate.c", import.meta.url));
  execFileSync(COMPILER, ["-O2", "-shared", "-fPIC", "-o", library, source]);
  return { LD_PRELOAD: library };
}
