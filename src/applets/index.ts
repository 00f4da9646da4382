/**
 * THE table of applets. Dispatch, help, symlinks, completions, man pages, docs and contract tests derive from it.
 * An applet is loaded when it is first asked for, since a process needs few of them.
 */
import type { Applet, Applets } from "./applet.ts";

const table: Readonly<Record<string, () => Promise<Applet>>> = {
  dvm: async () => (await import("./dvm.ts")).dvm(applets),
  discover: async () => (await import("./discover.ts")).discover,
  replicate: async () => (await import("./replicate.ts")).replicate,
  tm: async () => (await import("./tm.ts")).tm,
  manip: async () => (await import("./manip.ts")).manip,
  volactivate: async () => (await import("./volactivate.ts")).volactivate,
  dmactivate: async () => (await import("./dmactivate.ts")).dmactivate,
  dmexec: async () => (await import("./dmexec.ts")).dmexec,
  report: async () => (await import("./report.ts")).report,
};

export const applets: Applets = {
  names: Object.keys(table),
  find: async (name) => (Object.hasOwn(table, name) ? table[name]?.() : undefined),
  all: () => Promise.all(Object.values(table).map((load) => load())),
};
