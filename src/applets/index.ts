/**
 * THE table of applets. Dispatch, help, symlinks, completions, man pages, docs and contract tests derive from
 * it. An applet is loaded when it is first asked for, since a process needs few of them.
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
  lvm2: async () => (await import("./lvm2.ts")).lvm2,
};

const loaded = new Map<string, Promise<Applet>>();

async function find(name: string): Promise<Applet | undefined> {
  const load = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!load) return undefined;
  const applet = loaded.get(name) ?? load();
  loaded.set(name, applet);
  return applet;
}

export const applets: Applets = {
  names: Object.keys(table),
  find,
  all: async () => (await Promise.all(Object.keys(table).map(find))).filter((applet) => applet !== undefined),
};

declare module "../core/port/toolbox.ts" {
  interface Tools {
    readonly discover: typeof import("./discover.ts").discover;
    readonly replicate: typeof import("./replicate.ts").replicate;
    readonly tm: typeof import("./tm.ts").tm;
    readonly manip: typeof import("./manip.ts").manip;
    readonly volactivate: typeof import("./volactivate.ts").volactivate;
    readonly dmactivate: typeof import("./dmactivate.ts").dmactivate;
    readonly dmexec: typeof import("./dmexec.ts").dmexec;
    readonly report: typeof import("./report.ts").report;
    readonly lvm2: typeof import("./lvm2.ts").lvm2;
  }
}
