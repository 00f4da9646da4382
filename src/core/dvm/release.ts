/**
 * Gives a VG to LVM2, in place (docs/lvm2.md, "Release"): no data moves. Until LVM2's label is written on the
 * device that decides all of it is dvm's, and from then on LVM2's; what a crash leaves, the same command
 * finishes, or `dvm adopt` undoes.
 */
import type { Discovery, Metadata } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { uuidScope } from "../dm/uuid.ts";
import { LABELS_LOCK } from "../port/locks.ts";
import type { Sys } from "../port/sys.ts";
import { finishAsOwn, refreshLvm2 } from "./adopt.ts";
import { refuseUnfitLive } from "./adopt-live.ts";
import { refuseHeld } from "./refuse-held.ts";
import { isLive, liveDevices, refuseUsers } from "./refuse-live.ts";
import { verifyAnyway } from "./verify.ts";
import { findAnyVg, readMetadata, type Where, withForeignLock, withLock, withVgLock } from "./vg.ts";

export interface ReleaseOptions extends Where {
  readonly dryRun: boolean;
}

/** @returns what was done, or would be, in a line */
export async function releaseVg(sys: Sys, options: ReleaseOptions): Promise<string> {
  const found = await findAnyVg(sys, options);
  const work = () =>
    withVgLock(sys, found, async () => {
      const discovery = await findAnyVg(sys, { ...options, vg: found.vg.id });
      return discovery.vg.foreign ? putAway(sys, discovery, options) : release(sys, discovery, options);
    });
  return options.dryRun ? work() : withLock(sys, LABELS_LOCK, "exclusive", work);
}

async function release(sys: Sys, discovery: Discovery, { dryRun }: ReleaseOptions): Promise<string> {
  const { vg, devices } = discovery;
  const metadata = await readMetadata(sys, discovery);
  await refuseUsers(sys, discovery);
  const live = await liveDevices(sys, discovery, metadata);
  const scope = uuidScope(vg.id);
  const own = live.filter(({ uuid }) => uuid.startsWith(scope));
  if (own.length > 0) throw isLive(discovery, own);
  await refuseHeld(sys, discovery, live);
  await refuseUnsettled(sys, discovery);
  if (live.length > 0) await refuseUnfitLive(sys, { live, metadata, discovery });
  const decider = deciderOf(discovery);
  const write = (step: string) =>
    sys.toolbox.call({
      applet: "lvm2",
      verb: "write",
      operands: { step },
      options: { discovery, decider, live: { devices: [...live] } },
      stdin: metadata,
    });
  await write("check");
  if (dryRun) return `VG ${vg.name} would be LVM2's: ${devices.length} devices, ${lvsOf(metadata)}`;
  // What LVM2 had there, of an adoption that was broken off, is put away first.
  if (vg.converting !== undefined) await finishAsOwn(sys, discovery, vg.converting);
  const head = await write("texts");
  await sys.toolbox.call({ applet: "discover", verb: "convert", options: { discovery, decider, head } });
  await write("headers");
  await write("labels");
  await finishAsForeign(sys, { vg: metadata.vg.name, devices: devices.map(({ path }) => path) });
  await refreshLvm2(sys, discovery);
  return `VG ${vg.name} is LVM2's: ${devices.length} devices, ${lvsOf(metadata)}`;
}

/** What is left on a VG that is LVM2's: of a release, or of an adoption that never came to be. */
async function putAway(sys: Sys, { vg, devices }: Discovery, { dryRun }: ReleaseOptions): Promise<string> {
  if (!dryRun) {
    await finishAsForeign(sys, { vg: vg.id, devices: devices.map(({ path }) => path) });
    await refreshLvm2(sys, { devices });
  }
  return `VG ${vg.name} is LVM2's`;
}

async function finishAsForeign(sys: Sys, { vg, devices }: Where): Promise<void> {
  const options = { devices: [...devices] };
  // From now on LVM2's commands come to it, too.
  const found = await sys.toolbox.call({ applet: "lvm2", verb: "find", operands: { vg }, options });
  await withForeignLock(sys, found, "exclusive", async () => {
    await sys.toolbox.call({ applet: "discover", verb: "clear", operands: { device: devices } });
    await sys.toolbox.call({ applet: "lvm2", verb: "unseal", operands: { vg }, options });
  });
}

/** @throws DvmError INCOMPLETE, OUT_OF_SYNC when members are missing or a transaction is under way */
async function refuseUnsettled(sys: Sys, discovery: Discovery): Promise<void> {
  const { name } = discovery.vg;
  const { state, members } = await verifyAnyway(sys, discovery);
  const missing = Math.max(members.filter(({ present }) => !present).length, discovery.missing.count);
  if (missing > 0)
    throw new DvmError(
      "INCOMPLETE",
      `VG ${name} misses ${missing} of its devices, which LVM2 would miss too`,
    );
  if (state !== "clean")
    throw new DvmError("OUT_OF_SYNC", `VG ${name} is ${state}: what has begun has to be finished first`);
}

/** The first device that has a region. */
const deciderOf = ({ devices }: Discovery): string =>
  defined(
    devices.find(({ regions }) => regions.length > 0),
    "a device with a region",
  ).id;

const lvsOf = ({ lvs: { length } }: Metadata): string => `${length} ${length === 1 ? "LV" : "LVs"}`;
