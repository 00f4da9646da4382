import type { Lv } from "../../../schema/index.ts";
import { dmUuid } from "../../dm/uuid.ts";
import { activationOf } from "../activation.ts";
import type { Row } from "../column.ts";
import { conditionOf } from "../condition.ts";
import { deviceName, type Facts } from "../facts.ts";
import { type Part, partsOf, pvsOf } from "../parts.ts";

/** A row for each LV, in the order of the metadata. */
export function lvRows(facts: Facts): Row[] {
  const whereOf = locator(facts);
  return facts.metadata.lvs.map((lv) => lvRow(facts, lv, whereOf));
}

function lvRow(facts: Facts, lv: Lv, whereOf: (parts: readonly Part[]) => Where): Row {
  const { vg } = facts.metadata;
  const parts = partsOf(lv);
  const extents = lv.segments.reduce((sum, { length }) => sum + length, 0);
  const { pvs, devices, missing } = whereOf(parts);
  const live = facts.dmOf.get(lv.id)?.get(dmUuid(vg.id, lv.id))?.live;
  const { sync, health, fill, availability, legs, mismatches, problems } = conditionOf(facts, lv);
  return {
    name: lv.name,
    id: lv.id,
    vg: vg.name,
    type: typeOf(lv),
    size: extents * vg.extentSize,
    extents,
    legs: Math.max(1, legs.length),
    stripes: parts.reduce((most, { stripe }) => Math.max(most, (stripe ?? 0) + 1), 1),
    segments: lv.segments.length,
    state: activationOf(facts, lv),
    sync,
    health,
    fill,
    availability,
    mismatches,
    problems,
    blockBytes: blockBytesOf(facts, parts),
    legStates: legs.map(({ state }) => state),
    devices,
    pvs,
    missing,
    access: lv.access,
    activate: lv.activate,
    open: facts.dm ? (live?.openCount ?? (live ? null : 0)) : null,
    dm: live?.name ?? null,
    known: facts.metadata.version === 1 && parts.every(({ known }) => known),
    tags: lv.tags,
  };
}

/** Raid metadata does not count: it is none of what the LV's device shows. */
function blockBytesOf({ pvs }: Facts, parts: readonly Part[]): number | null {
  let most: number | null = null;
  for (const { place, component } of parts) {
    if (!place || component.startsWith("rmeta_")) continue;
    most = Math.max(most ?? 0, pvs.get(place.pv)?.blockBytes ?? 0);
  }
  return most;
}

/** The PVs that an LV is on. */
interface Where {
  readonly pvs: readonly string[];
  readonly devices: readonly string[];
  /** Null when the devices are not known. */
  readonly missing: readonly string[] | null;
}

/** Most LVs are on one PV, and what is told of that is told once for all of them. */
function locator(facts: Facts): (parts: readonly Part[]) => Where {
  const tell = (pvs: readonly string[]): Where => ({
    pvs,
    devices: pvs.map((pv) => deviceName(facts, pv)),
    missing: facts.discovery ? pvs.filter((pv) => !facts.devices.has(pv)) : null,
  });
  const told = new Map<string, Where>();
  return (parts) => {
    const pv = parts.length === 1 ? parts[0]?.place?.pv : undefined;
    if (pv === undefined) return tell(pvsOf(parts));
    const where = told.get(pv) ?? tell([pv]);
    told.set(pv, where);
    return where;
  };
}

function typeOf({ segments }: Lv): string {
  if (segments.length === 1) return segments[0]?.type ?? "";
  return [...new Set(segments.map(({ type }) => type))].join("+");
}
