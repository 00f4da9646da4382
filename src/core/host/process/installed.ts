import { access, constants, readdir } from "node:fs/promises";
import { release } from "node:os";
import { join, relative } from "node:path";
import type { Installed } from "../../port/installed.ts";
import { programFiles } from "./program-files.ts";

const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** This machine. */
export const hostInstalled: Installed = {
  program() {
    const [path, script] = programFiles();
    return script === undefined ? path : undefined;
  },
  async filesBelow(directory) {
    const all = { recursive: true, withFileTypes: true } as const;
    const entries = await readdir(directory, all).catch(() => []);
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => relative(directory, join(entry.parentPath, entry.name))).sort();
  },
  async commandAt(name) {
    for (const directory of DIRECTORIES) {
      const path = join(directory, name);
      const isThere = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
    }
    return undefined;
  },
  kernelRelease: release,
};
