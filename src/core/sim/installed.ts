import type { Installed } from "../port/installed.ts";

/** A machine with such files, of which all in /bin are commands. */
export const simInstalled = (files: ReadonlyMap<string, unknown>): Installed => ({
  program: () => "/bin/dvm",
  filesBelow: async (directory) =>
    [...files.keys()]
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1))
      .sort(),
  commandAt: async (name) => (files.has(`/bin/${name}`) ? `/bin/${name}` : undefined),
  kernelRelease: () => "6.1.0",
});
