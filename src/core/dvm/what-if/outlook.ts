/** How the LVs of a VG would do without some of its devices: by report, on copies of what it reads. */
import type { Discovery, Legs, LvRow, Metadata, PvRow, Report } from "../../../schema/index.ts";
import type { Sys } from "../../port/sys.ts";
import { hasAlikeLegs } from "../../volume/model.ts";

export type Outlook = "whole" | "degraded" | "lost" | "unknown";

/** What report is given: documents, of which none is written anywhere. */
export interface VgDocuments {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Those that report takes besides: what is live, and what superblocks say. */
  readonly more: { readonly legs?: Legs | undefined } & Readonly<Record<string, unknown>>;
}

const WORDS: Readonly<Record<string, Outlook>> = {
  complete: "whole",
  degraded: "degraded",
  unavailable: "lost",
};

/** By LV id. @param without ids of devices */
export async function outlookOf(
  sys: Sys,
  documents: VgDocuments,
  without: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Outlook>> {
  const { metadata, discovery, more } = documents;
  const ask = async (found: Discovery) =>
    rows<LvRow>(
      await sys.toolbox.call({
        applet: "report",
        operands: { what: "lv" },
        options: { format: "json", columns: "id,availability,problems", metadata, discovery: found, ...more },
      }),
    );
  const kept = discovery.devices.filter(({ id }) => !without.has(id));
  const paths = new Set(kept.map(({ path }) => path));
  const left: Discovery = {
    ...discovery,
    devices: kept,
    regions: discovery.regions.filter(({ path }) => paths.has(path)),
    missing: { count: discovery.missing.count + discovery.devices.length - kept.length },
  };
  const found = await ask(left);
  const outlook = new Map(
    found.map(({ id = "", availability }) => [id, WORDS[availability ?? ""] ?? "unknown"] as const),
  );
  if (without.size === 0) return outlook;
  const alike = new Set(metadata.lvs.flatMap((lv) => (hasAlikeLegs(lv) ? [lv.id] : [])));
  const doubtful = found.filter(({ id = "" }) => outlook.get(id) === "degraded" && !alike.has(id));
  // Parity that the kernel has not computed yet makes up for nothing; this is said of other shares, too.
  const syncing = doubtful.filter(({ problems = [] }) => problems.includes("leg-syncing"));
  const bare = [...syncing.map(({ id = "" }) => id), ...(await unreadable(sys, documents, left, doubtful))];
  return new Map([...outlook, ...bare.map((id) => [id, "lost"] as const)]);
}

/** Those that are not live, and whose superblocks do not prove that the legs that are left have all. */
async function unreadable(
  sys: Sys,
  { metadata, more }: VgDocuments,
  discovery: Discovery,
  doubtful: readonly LvRow[],
): Promise<readonly string[]> {
  const asked = new Set(more.legs?.lvs.map(({ id }) => id));
  const lv = doubtful.flatMap(({ id = "" }) => (asked.has(id) ? [id] : []));
  if (lv.length === 0) return [];
  const call = { applet: "volactivate", verb: "legs", options: { metadata, discovery, lv } } as const;
  return (await sys.toolbox.call(call)).lvs.flatMap(({ id, readable }) => (readable ? [] : [id]));
}

/** Extents that are free on the PVs that are left. */
export async function freeIn(
  sys: Sys,
  { metadata, discovery }: Pick<VgDocuments, "metadata" | "discovery">,
  without: ReadonlySet<string>,
): Promise<number> {
  const found = rows<PvRow>(
    await sys.toolbox.call({
      applet: "report",
      operands: { what: "pv" },
      options: { format: "json", columns: "id,freeExtents", metadata, discovery },
    }),
  );
  const left = found.filter(({ id = "" }) => !without.has(id));
  return left.reduce((sum, { freeExtents }) => sum + (freeExtents ?? 0), 0);
}

const rows = <Row>(report: unknown): readonly Row[] =>
  (report as Report).rows as readonly object[] as readonly Row[];
