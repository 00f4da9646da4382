/**
 * Takes a VG apart. Its labels are marked first, all of them, as those of devices that leave are; only then
 * are they wiped. So a crash leaves either the VG, which `recover` mends, or labels that say what was begun,
 * and the same command finishes it. Regions and data stay as they are, for nobody to find.
 */
import type { Discovery, Metadata } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { someNames } from "../base/some-names.ts";
import type { Sys } from "../port/sys.ts";
import { refuseLive } from "./refuse-live.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, readMetadata, type Where, withLock } from "./vg.ts";

export interface RemoveOptions extends Where {
  /** With its LVs, and with devices missing that keep their labels. */
  readonly force: boolean;
}

/** A device on its way in or out of a VG has a label that counts so many members. */
const LEAVING = 0;

/** What cannot be read may be removed as well. */
const metadataIfAny = (sys: Sys, discovery: Discovery): Promise<Metadata | undefined> =>
  readMetadata(sys, discovery).catch((thrown: unknown) => {
    if (toDvmError(thrown).code === "BUG") throw thrown;
    return undefined;
  });

/** @throws DvmError IN_USE while an LV is live; WOULD_LOSE_DATA, INCOMPLETE without force; as discover rm */
export async function removeVg(sys: Sys, options: RemoveOptions): Promise<string> {
  const { id } = (await findVg(sys, options)).vg;
  return withLock(sys, id, "exclusive", async () => {
    const discovery = await findVg(sys, { ...options, vg: id });
    await refuseLive(sys, discovery, await metadataIfAny(sys, discovery));
    if (!options.force && !(await isBegun(sys, options, id))) await refuseLoss(sys, discovery);
    await wipe(sys, options, discovery, true);
    await sys.toolbox.call({
      applet: "discover",
      verb: "relabel",
      operands: { vg: id },
      options: { members: LEAVING, devices: options.devices },
    });
    await wipe(sys, options, discovery, false);
    const { length } = discovery.devices;
    return `removed VG ${discovery.vg.name} from ${length} device${length === 1 ? "" : "s"}`;
  });
}

async function wipe(
  sys: Sys,
  { devices: places }: RemoveOptions,
  { vg, devices }: Discovery,
  dryRun: boolean,
): Promise<void> {
  const [device = "", ...others] = devices.map(({ id }) => id);
  await sys.toolbox.call({
    applet: "discover",
    verb: "rm",
    operands: { vg: vg.id, device },
    options: { with: others, devices: places, "dry-run": dryRun },
  });
}

/** Whether this was begun and cut off: then what could be refused was not. */
async function isBegun(sys: Sys, { devices }: RemoveOptions, id: string): Promise<boolean> {
  const call = { applet: "discover", verb: "list", options: { devices } } as const;
  const labels = (await sys.toolbox.call(call)).devices.flatMap(({ label }) => label ?? []);
  return labels.every(({ vg }) => vg.id !== id || vg.members === LEAVING);
}

async function refuseLoss(sys: Sys, discovery: Discovery): Promise<void> {
  const { name } = discovery.vg;
  const { members, kinds = [] } = await verifyAnyway(sys, discovery);
  // Its first metadata may have been begun, and is nobody's loss.
  if (kinds.includes("empty")) return;
  const { lvs } = await readMetadata(sys, discovery);
  if (lvs.length > 0)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `VG ${name} has ${lvs.length} LV${lvs.length === 1 ? "" : "s"} ` +
        `(${someNames(lvs.map((lv) => lv.name))}): --force removes them with it`,
    );
  const missing = members.filter(({ present }) => !present).map((member) => member.id);
  if (missing.length > 0)
    throw new DvmError(
      "INCOMPLETE",
      `VG ${name} misses ${someNames(missing)}, which would keep the VG's label: --force removes it from ` +
        "the others",
    );
}
