import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { KERNEL } from "./kernel.ts";

/** Every device-mapper target of the kernel except dm-crypt, which takes more than its own modules. */
export const DM_MODULES: readonly string[] = [
  "dm-mod",
  "dm-zero",
  "dm-mirror",
  "dm-snapshot",
  "raid0",
  "raid1",
  "raid10",
  "dm-raid",
  "dm-thin-pool",
  "dm-cache-smq",
  "dm-writecache",
  "dm-flakey",
  "dm-delay",
  "dm-dust",
  "dm-log-writes",
];

/** dm-crypt and the ciphers which its dependencies ask for while they are loaded. */
export const CRYPT_MODULES: readonly string[] = ["cbc", "ecb", "xts", "hmac", "authenc", "dm-crypt"];

/**
 * The files of kernel modules in the order in which insmod has to load them, dependencies first.
 *
 * @throws Error for a name that the kernel has no module for
 */
export function moduleFiles(names: readonly string[]): string[] {
  const [version] = readdirSync(KERNEL.modules);
  const directory = join(KERNEL.modules, version ?? "");
  const dependencies = readDependencies(join(directory, "modules.dep"));
  const byName = new Map([...dependencies.keys()].map((file) => [basename(file, ".ko"), file]));
  const ordered = new Set<string>();
  const add = (file: string) => {
    for (const needed of dependencies.get(file) ?? []) add(needed);
    ordered.add(file);
  };
  for (const name of names) {
    const file = byName.get(name);
    if (file === undefined) throw new Error(`the kernel has no module ${name}`);
    add(file);
  }
  return [...ordered].map((file) => join(directory, file));
}

/** modules.dep has lines `file: needed needed...`, with paths below its directory. */
function readDependencies(path: string): Map<string, string[]> {
  const lines = readFileSync(path, "utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [file, needed] = line.split(":");
      return file && needed !== undefined ? [[file, needed.split(" ").filter(Boolean)]] : [];
    }),
  );
}
