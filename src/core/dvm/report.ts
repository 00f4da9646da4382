import {
  type Discovery,
  type DmState,
  type Legs,
  type Lv,
  type Metadata,
  notPlain,
  type Report,
} from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { asLive } from "../volume/as-live.ts";
import { isLvm2s, ownerOfUuids } from "../volume/identity.ts";
import { isKnownLv, legsOf } from "../volume/model.ts";
import { withEveryVg } from "./every-vg.ts";
import { findAnyVg, readMetadata, type Where } from "./vg.ts";

export interface VgReportOptions extends Where {
  readonly what: string | undefined;
  /** Passed on as they are: format, columns, select, sort. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Begins a warning: of what is live nobody could tell. */

/** discover find | tm read | report, with the dm state when device-mapper can be asked: else that is said. */
export async function reportVg(sys: Sys, { what, options, ...where }: VgReportOptions): Promise<unknown> {
  const discovery = await findAnyVg(sys, where);
  const metadata = await readMetadata(sys, discovery);
  const more = await reportedOf(sys, metadata, discovery, what);
  return sys.toolbox.call({
    applet: "report",
    operands: { what },
    options: { ...options, metadata, discovery, ...more },
  });
}

/**
 * What report is given besides metadata and discovery: what is live, what should be, and what superblocks
 * say.
 * @throws DvmError for a report of dm devices when device-mapper cannot be asked; else that is said
 */
export async function reportedOf(sys: Sys, metadata: Metadata, discovery: Discovery, what?: string) {
  const all = isLvm2s(metadata.vg);
  const dm = (await sys.toolbox
    .call({ applet: "dmexec", verb: "state", options: { all } })
    .catch((thrown: unknown) => {
      const { code, message } = toDvmError(thrown);
      if (code === "BUG" || what === "dm") throw thrown;
      sys.terminal.warn(`device-mapper cannot be asked: ${message}`, "dm-unasked");
      return undefined;
    })) as DmState | undefined;
  const desired = dm && (await desiredState(sys, metadata, discovery, dm));
  const legs = what === "dm" ? undefined : await legsOnDisk(sys, metadata, discovery, dm);
  return { dm, desired, legs };
}

/**
 * The rows of all VGs that are found, or a tree or map of each.
 * @param what vg unless another subject is asked for
 * @throws DvmError as the first VG that failed, with what the others gave
 */
export async function reportEveryVg(
  sys: Sys,
  { devices, options, what = "vg" }: Omit<VgReportOptions, "vg">,
): Promise<unknown> {
  const format = String(options["format"]);
  if (format === "svg" || format === "html")
    throw new DvmError("USAGE", `a picture is of one VG: dvm report VG --format ${format}`);
  const isPicture = format === "tree" || format === "map";
  const { results, failure } = await withEveryVg(sys, devices, "any", async (vg, name) => {
    const made = await reportVg(sys, {
      vg,
      devices,
      what,
      options: isPicture ? options : { format: "json" },
    });
    // What is drawn of LVs and PVs does not say whose they are.
    return isPicture && what !== "vg" ? Buffer.concat([Buffer.from(`VG ${name}\n`), made as Buffer]) : made;
  });
  const rows = () =>
    ({ subject: what, rows: (results as Report[]).flatMap((each): object[] => each.rows) }) as Report;
  const output = isPicture
    ? Buffer.concat(results as Buffer[])
    : await sys.toolbox.call({ applet: "report", operands: { what }, options: { ...options, rows: rows() } });
  if (!failure) return output;
  const { code, message, details } = failure;
  throw new DvmError(code, message, { cause: failure, details, output });
}

/** Ids of the LVs that something is live of. */
function liveIds(metadata: Metadata, dm: DmState | undefined): ReadonlySet<string> {
  const ownerOf = ownerOfUuids(metadata);
  return new Set((dm?.devices ?? []).flatMap(({ uuid }) => ownerOf(uuid)?.lv ?? []));
}

/** What the superblocks tell of LVs with legs that are not live, and of which no status can. */
async function legsOnDisk(
  sys: Sys,
  metadata: Metadata,
  discovery: Discovery,
  dm: DmState | undefined,
): Promise<Legs | undefined> {
  const live = liveIds(dm ? asLive(metadata, dm, discovery) : metadata, dm);
  const lvs = notPlain(metadata.lvs).filter((lv) => legsOf(lv).length > 0 && !live.has(lv.id));
  if (lvs.length === 0) return undefined;
  const options = { metadata, discovery, lv: lvs.map(({ id }) => id) };
  return unlessUnsupported(
    sys,
    async () => await sys.toolbox.call({ applet: "volactivate", verb: "legs", options }),
  );
}

/** What the tables of live LVs are compared with, so far as this dvm can tell. */
async function desiredState(
  sys: Sys,
  metadata: Metadata,
  discovery: Discovery,
  dm: DmState,
): Promise<DmState | undefined> {
  const live = liveIds(asLive(metadata, dm, discovery), dm);
  // How it looks is not known of what a newer dvm made, or dvm does not bring up for another volume manager.
  const isCompared = (lv: Lv) => isKnownLv(lv) && lv.foreign?.refused === undefined;
  const lvs = metadata.lvs.filter((lv) => live.has(lv.id) && isCompared(lv)).map(({ id }) => id);
  if (lvs.length === 0) return undefined;
  const options = { metadata, discovery, lv: lvs, partial: true, ...(isLvm2s(metadata.vg) && { live: dm }) };
  return unlessUnsupported(
    sys,
    async () => await sys.toolbox.call({ applet: "volactivate", verb: "desired", options }),
  );
}

/** What this dvm does not understand it does not compare. */
async function unlessUnsupported<T>(sys: Sys, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const { code, message } = toDvmError(error);
    if (code !== "UNSUPPORTED") throw error;
    sys.terminal.info(`not compared: ${message}`);
    return undefined;
  }
}
