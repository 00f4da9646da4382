/** What lies on a PV that is to be left, and how far the moves are that take it elsewhere. */
import type { Discovery, Lv, LvRow, Metadata, SegRow } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { legsOf } from "../volume/model.ts";
import { rowsOf } from "./rows-of.ts";
import { findVg, readMetadata, type Where } from "./vg.ts";

/** The PV that is left, and where to. */
export interface Leaving {
  readonly id: string;
  /** As it was named. */
  readonly name: string;
  /** Ids or tags. */
  readonly to: readonly string[];
}

/** An LV that has something on the PV. */
export interface Laid {
  readonly id: string;
  readonly name: string;
  /**
   * staying: no move takes it off the PV; syncing: nor can one, before its legs are equal; copying: one does;
   * copied: every leg that it goes to is in sync; down: it is not live, so nothing is copied; stuck: such a
   * leg has failed
   */
  readonly stage: "staying" | "syncing" | "copying" | "copied" | "down" | "stuck";
  /** As reports have it: inactive, active, differs… */
  readonly state: string | null;
  /** Its devices, as in reports: complete, degraded or unavailable. */
  readonly availability: string | null;
  readonly problems: readonly string[];
  /** What moves with it: the LV, or of a raid1 the legs. */
  readonly extents: Extents;
  readonly size: Sectors;
  /** Percent of the LV that is in sync, while the kernel tells. */
  readonly sync: number | null;
}

export interface OnPv {
  readonly discovery: Discovery;
  readonly metadata: Metadata;
  readonly lvs: readonly Laid[];
}

/** Asks live status anew. @param pv its id */
export async function lookAtPv(sys: Sys, where: Where, pv: string): Promise<OnPv> {
  const discovery = await findVg(sys, where);
  const metadata = await readMetadata(sys, discovery);
  const parts = new Map<string, SegRow[]>();
  const columns = "lvId,leg,pv,pvExtents,legState,problem";
  for (const part of await rowsOf<SegRow>(sys, where, "seg", columns)) {
    const id = part.lvId ?? "";
    const known = parts.get(id);
    if (known) known.push(part);
    else parts.set(id, [part]);
  }
  const isOn = ({ id }: { readonly id?: string }) => parts.get(id ?? "")?.some((part) => part.pv === pv);
  const rows = (await rowsOf<LvRow>(sys, where, "lv", "id,state,availability,sync,problems")).filter(isOn);
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const lvs = metadata.lvs.flatMap((lv) => {
    const row = rowOf.get(lv.id);
    return row ? [laid(metadata, lv, row, parts.get(lv.id) ?? [], pv)] : [];
  });
  return { discovery, metadata, lvs };
}

function laid({ vg }: Metadata, lv: Lv, row: LvRow, parts: readonly SegRow[], pv: string): Laid {
  const left = new Set(parts.filter((part) => part.pv === pv).map(legOf));
  const extents = parts
    .filter((part) => left.has(legOf(part)))
    .reduce((sum, { pvExtents }) => sum + (pvExtents ?? 0), 0);
  const { state = null, availability = null, problems = [], sync = null } = row;
  const { id, name } = lv;
  const size = extents * vg.extentSize;
  return {
    id,
    name,
    stage: stageOf(lv, row, parts, left),
    state,
    availability,
    problems,
    extents,
    size,
    sync,
  };
}

/** The number of the leg that a part belongs to, as text; "" for one of an LV that has no legs. */
const legOf = ({ leg }: SegRow): string => String(leg ?? "");

function stageOf(lv: Lv, row: LvRow, parts: readonly SegRow[], left: ReadonlySet<string>): Laid["stage"] {
  const marked = (move: "from" | "to") =>
    legsOf(lv).flatMap((leg) => (leg.move === move ? [String(leg.number)] : []));
  // Until it has become another type, move says what ends that.
  if (lv.work === "convert" || !marked("from").some((leg) => left.has(leg)))
    return row.problems?.some((code) => code === "leg-syncing" || code === "leg-copying")
      ? "syncing"
      : "staying";
  const to = new Set(marked("to"));
  const stages = new Set(parts.filter((part) => to.has(legOf(part))).map(stageOfLeg));
  return (["stuck", "down", "copying"] as const).find((stage) => stages.has(stage)) ?? "copied";
}

function stageOfLeg({ legState, problem }: SegRow): Laid["stage"] {
  if (problem === "leg-to-copy") return "down";
  if (!["rebuild", "recovering", "current"].includes(legState ?? "")) return "stuck";
  return problem === "leg-copying" ? "copying" : "copied";
}
