import type { Discovery, DmState, Metadata } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

export interface ReportOptions extends Where {
  readonly what: string | undefined;
  /** Passed on as they are: format, columns, select, sort. */
  readonly options: Readonly<Record<string, unknown>>;
}

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

/** What the live tables are compared with. With nothing live there is nothing to compare. */
async function desiredState(
  sys: Sys,
  metadata: Metadata,
  discovery: Discovery,
  dm: DmState,
): Promise<DmState | undefined> {
  const prefix = `DVM-${metadata.vg.id}`;
  if (!dm.devices.some(({ uuid }) => uuid.startsWith(prefix))) return undefined;
  return (await sys.toolbox.call({
    applet: "volactivate",
    verb: "desired",
    options: { metadata, discovery, partial: true },
  })) as DmState;
}
