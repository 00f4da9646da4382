import type { Discovery, DmState, Metadata } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { parseDmUuid } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

export interface ReportOptions extends Where {
  readonly what: string | undefined;
  /** Passed on as they are: format, columns, select, sort. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Hex digits of an LV's id in a dm uuid. */

/** discover find | tm read | report, with the dm state when there is a device-mapper to ask. */
export async function reportVg(sys: Sys, { what, options, ...where }: ReportOptions): Promise<unknown> {
  const discovery = await findVg(sys, where);
  const metadata = await readMetadata(sys, discovery);
  const dm = (await sys.toolbox.call({ applet: "dmexec", verb: "state" }).catch((error: unknown) => {
    sys.terminal.info(`no activation shown: ${error instanceof Error ? error.message : error}`);
    return undefined;
  })) as DmState | undefined;
  const desired = dm && (await desiredState(sys, metadata, discovery, dm));
  return sys.toolbox.call({
    applet: "report",
    operands: { what },
    options: { ...options, metadata, discovery, dm, desired },
  });
}

/** What the tables of live LVs are compared with, so far as this dvm can tell. */
async function desiredState(
  sys: Sys,
  metadata: Metadata,
  discovery: Discovery,
  dm: DmState,
): Promise<DmState | undefined> {
  const uuids = dm.devices.map(({ uuid }) => parseDmUuid(uuid));
  const live = new Set(uuids.flatMap((uuid) => (uuid?.owner === "DVM" ? [uuid.vg + uuid.lv] : [])));
  const lvs = metadata.lvs.map(({ id }) => id).filter((id) => live.has(metadata.vg.id + id));
  if (lvs.length === 0) return undefined;
  try {
    return (await sys.toolbox.call({
      applet: "volactivate",
      verb: "desired",
      options: { metadata, discovery, lv: lvs, partial: true },
    })) as DmState;
  } catch (error) {
    const { code, message } = toDvmError(error);
    if (code !== "UNSUPPORTED") throw error;
    sys.terminal.info(`live tables are not compared: ${message}`);
    return undefined;
  }
}
