/** LVs as network block devices, by the mapper in user space. */
import type { Discovery, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { serveClients } from "../nbd/server.ts";
import type { SocketPlace } from "../port/sockets.ts";
import type { Sys } from "../port/sys.ts";
import { findLv } from "./open-lv.ts";
import { ServedLvs, type ServeMode } from "./served-lvs.ts";
import { findAnyVg, findVg, readMetadata, withForeignLock, withVgLock } from "./vg.ts";

export interface ServeOptions extends ServeMode {
  readonly devices: readonly string[];
  /** VG, or VG/LV… of one VG. */
  readonly targets: readonly string[];
  readonly place: SocketPlace;
}

/** So many failures of requests are told: a disk that is gone fails each. */
const MOST_TOLD = 100;

/** Serves until the process is asked to end; then all that was written is flushed. */
export async function serve(sys: Sys, { devices, targets, place, ...mode }: ServeOptions): Promise<void> {
  const { vg, lvs } = namesOf(targets);
  const findOne = mode.writable ? findVg : findAnyVg;
  const found = await findOne(sys, { vg, devices });
  const { id } = found.vg;
  const look = (discovery: Discovery) => readMetadata(sys, discovery);
  // Another volume manager knows nothing of the LVs' locks.
  await withForeignLock(sys, found, "shared", async () => {
    const metadata = await withVgLock(sys, found, look, "shared");
    const served = new ServedLvs(
      sys,
      {
        found,
        find: () => findOne(sys, { vg: id, devices }),
        vg: metadata.vg.name,
        lvs: lvsOf(metadata, lvs),
      },
      mode,
    );
    try {
      if (lvs.length > 0) await served.openAll();
      const sockets = await sys.openSockets();
      const listener = await sockets.listen(place);
      const asked = sys.ending.asked();
      sys.terminal.info(`serving ${served.names.join(", ")} on ${shownPlace(place)}`);
      const sleep = (ms: number) => sys.clock.sleep(ms);
      await serveClients({ listener, exports: served, asked, sleep, tell: telling(sys) });
    } finally {
      await served.close();
    }
  });
}

/** @throws DvmError USAGE */
function namesOf(targets: readonly string[]): { readonly vg: string; readonly lvs: readonly string[] } {
  const parts = targets.map((target) => target.split("/"));
  const [vg = ""] = parts[0] ?? [];
  for (const [index, [of = "", lv, more]] of parts.entries())
    if (of === "" || lv === "" || more !== undefined)
      throw new DvmError("USAGE", `"${targets[index]}" names nothing to serve: write VG, or VG/LV`);
  if (parts.some(([of]) => of !== vg))
    throw new DvmError("USAGE", "one server serves one VG: start another one for each other VG");
  const lvs = parts.flatMap(([, lv]) => lv ?? []);
  if (lvs.length > 0 && lvs.length < parts.length)
    throw new DvmError("USAGE", `${vg} and LVs of it are named: name the VG for all of them, or the LVs`);
  return { vg, lvs };
}

const lvsOf = (metadata: Metadata, names: readonly string[]) =>
  names.length === 0 ? metadata.lvs : [...new Set(names.map((name) => findLv(metadata, name)))];

const shownPlace = (place: SocketPlace): string =>
  "path" in place ? place.path : `${place.host}:${place.port}`;

function telling({ terminal }: Sys): (message: string) => void {
  let told = 0;
  return (message) => {
    told += 1;
    if (told <= MOST_TOLD) terminal.warn(message);
    if (told === MOST_TOLD) terminal.warn("no more failures of requests are told");
  };
}
