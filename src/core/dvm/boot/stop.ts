/** Everything down that can go, before the machine goes. What is in use stays, as the root file system. */
import { toDvmError } from "../../base/error.ts";
import { foreignUuid, parseDmUuid } from "../../dm/uuid.ts";
import type { Sys } from "../../port/sys.ts";
import { activateVg } from "../activate.ts";
import { withEveryVg } from "../every-vg.ts";
import { findAnyVg, readMetadata, withVgLock } from "../vg.ts";

/** @throws DvmError KERNEL when device-mapper cannot be asked; of what stays up nothing is said */
export async function stopAll(sys: Sys): Promise<void> {
  const live = await liveLvs(sys);
  const warnings = sys.terminal.keepWarnings();
  try {
    for (const [vg, lvs] of live) await stopVg(sys, vg, lvs);
    await stopLvm2(sys).catch(passOnBug);
  } finally {
    warnings();
  }
}

/**
 * LVs that are live under LVM2's uuids: as LVM2 made them, before their VG was dvm's, and in a rescue image,
 * where nobody else does it, those of VGs that are LVM2's.
 */
async function stopLvm2(sys: Sys): Promise<void> {
  const { devices } = await sys.toolbox.call({ applet: "dmexec", verb: "state", options: { all: true } });
  if (!devices.some(({ uuid }) => parseDmUuid(uuid)?.owner === "LVM")) return;
  await withEveryVg(sys, [], sys.config.boot?.rescue ? "any" : "own", async (id) => {
    const { vg, lvs } = await readMetadata(sys, await findAnyVg(sys, { vg: id, devices: [] }));
    const lvm2Id = vg.foreign?.id ?? vg.adopted;
    if (lvm2Id === undefined || !devices.some(({ uuid }) => uuid.startsWith(foreignUuid(lvm2Id)))) return;
    await stopVg(
      sys,
      id,
      lvs.map((lv) => lv.id),
    );
  });
}

/** Live LVs of ours by the VG's id, those that were made last first. */
async function liveLvs(sys: Sys): Promise<ReadonlyMap<string, readonly string[]>> {
  const { devices } = await sys.toolbox.call({ applet: "dmexec", verb: "state" });
  const live = new Map<string, string[]>();
  for (const { uuid } of devices) {
    const owner = parseDmUuid(uuid);
    if (owner?.owner !== "DVM") continue;
    const lvs = live.get(owner.vg) ?? [];
    if (!lvs.includes(owner.lv)) live.set(owner.vg, [owner.lv, ...lvs]);
  }
  return live;
}

/** All of it at once; where that is refused one LV after the other, for as long as one goes. */
async function stopVg(sys: Sys, vg: string, lvs: readonly string[]): Promise<void> {
  const all = {
    devices: [],
    direction: "deactivate",
    partial: false,
    degraded: false,
    dryRun: false,
  } as const;
  try {
    await activateVg(sys, { ...all, vg, lvs: [] });
  } catch (thrown) {
    passOnBug(thrown);
    await oneByOne(sys, vg, lvs).catch(passOnBug);
  }
}

async function oneByOne(sys: Sys, vg: string, lvs: readonly string[]): Promise<void> {
  await withVgLock(sys, await findAnyVg(sys, { vg, devices: [] }), async (discovery) => {
    const metadata = await readMetadata(sys, discovery);
    for (let left = lvs, before = lvs.length + 1; left.length < before; ) {
      before = left.length;
      const stay: string[] = [];
      for (const lv of left) {
        const options = { metadata, discovery, lv: [lv], deactivate: true };
        const call = { applet: "volactivate", verb: "settle", options } as const;
        const failure = await sys.toolbox.call(call).then(() => undefined, toDvmError);
        if (failure) stay.push(lv);
      }
      left = stay;
    }
  });
}

function passOnBug(thrown: unknown): void {
  if (toDvmError(thrown).code === "BUG") throw thrown;
}
