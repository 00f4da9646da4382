import type { Lv } from "../../../schema/index.ts";
import { activationOf } from "../activation.ts";
import { availabilityOf, pvsOf } from "../availability.ts";
import type { Row } from "../column.ts";
import { deviceName, type Facts } from "../facts.ts";
import { partsOf } from "../parts.ts";
import { progressOf } from "../progress.ts";

/** A row for each LV, in the order of the metadata. */
export const lvRows = (facts: Facts): Row[] => facts.metadata.lvs.map((lv) => lvRow(facts, lv));

function lvRow(facts: Facts, lv: Lv): Row {
  const { vg } = facts.metadata;
  const parts = partsOf(lv);
  const extents = lv.segments.reduce((sum, { length }) => sum + length, 0);
  const pvs = pvsOf(parts);
  const live = facts.dmOf.get(lv.id)?.get(`DVM-${vg.id}${lv.id}`)?.live;
  const { sync, health, fill } = progressOf(live);
  const legStates = lv.segments.flatMap((segment) =>
    segment.type === "raid1" ? segment.legs.map(({ state }) => state) : [],
  );
  return {
    name: lv.name,
    id: lv.id,
    vg: vg.name,
    type: typeOf(lv),
    size: extents * vg.extentSize,
    extents,
    legs: Math.max(1, legStates.length),
    stripes: parts.reduce((most, { stripe }) => Math.max(most, (stripe ?? 0) + 1), 1),
    segments: lv.segments.length,
    state: activationOf(facts, lv),
    sync,
    health,
    fill,
    availability: availabilityOf(facts, lv, parts, health),
    legStates,
    devices: pvs.map((pv) => deviceName(facts, pv)),
    pvs,
    missing: facts.discovery ? pvs.filter((pv) => !facts.devices.has(pv)) : null,
    access: lv.access,
    activate: lv.activate,
    open: facts.dm ? (live?.openCount ?? (live ? null : 0)) : null,
    dm: live?.name ?? null,
    known: facts.metadata.version === 1 && parts.every(({ known }) => known),
    tags: lv.tags,
  };
}

function typeOf({ segments }: Lv): string {
  if (segments.length === 1) return segments[0]?.type ?? "";
  return [...new Set(segments.map(({ type }) => type))].join("+");
}
