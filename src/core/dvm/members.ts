import type { TmResult } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";
import { pvNamer } from "./pv-ids.ts";
import { checkRegionSize } from "./region-size.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, type Where } from "./vg.ts";
import { warnUnseen } from "./warn-unseen.ts";

export interface ExpandOptions extends Where {
  /** Paths of the devices to add. */
  readonly added: readonly string[];
  readonly regions: number | undefined;
  readonly regionSize: Sectors | undefined;
  readonly force: boolean;
  readonly tags: readonly string[];
  readonly dryRun: boolean;
}

/** Adds devices to a VG: discover find | tm expand DEVICE… -- manip add-pv. @throws DvmError as those do */
export async function expandVg(sys: Sys, options: ExpandOptions): Promise<TmResult> {
  const { regions, regionSize, force, dryRun } = options;
  if (regionSize !== undefined) checkRegionSize(regionSize);
  const discovery = await findVg(sys, options);
  const done = await sys.toolbox.call({
    applet: "tm",
    verb: "expand",
    stdin: discovery,
    operands: { device: options.added },
    options: { regions, "region-size": regionSize, force, "dry-run": dryRun },
    command: await sys.toolbox.words({
      applet: "manip",
      verb: "add-pv",
      options: { discovery: DISCOVERY_WORD, tag: options.tags },
    }),
  });
  if (!dryRun && options.devices.length === 0) await warnUnseen(sys, discovery.vg.id, options.added);
  return done;
}

export interface ReduceOptions extends Where {
  /** Paths or ids of the devices that leave. */
  readonly removed: readonly string[];
  readonly dryRun: boolean;
}

/**
 * Takes devices that no LV uses out of a VG: discover find | tm reduce DEVICE… -- manip remove-pv. Of one
 * that the VG has gone on without only the record is left, which tm update -- manip remove-pv takes away.
 */
export async function reduceVg(sys: Sys, options: ReduceOptions): Promise<TmResult> {
  const discovery = await findVg(sys, options);
  const ids = await Promise.all(options.removed.map(pvNamer(sys, discovery)));
  const there = new Set(discovery.devices.map(({ id }) => id));
  const { members } = ids.every((id) => there.has(id)) ? { members: [] } : await verifyAnyway(sys, discovery);
  const leaving = ids.filter((id) => there.has(id) || members.some((member) => member.id === id));
  const call = {
    applet: "tm",
    stdin: discovery,
    options: { "dry-run": options.dryRun },
    command: await sys.toolbox.words({ applet: "manip", verb: "remove-pv", options: { pv: ids } }),
  } as const;
  return leaving.length > 0
    ? sys.toolbox.call({ ...call, verb: "reduce", operands: { device: leaving } })
    : sys.toolbox.call({ ...call, verb: "update" });
}
