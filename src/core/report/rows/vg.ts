import { worstOf } from "../availability.ts";
import type { Row } from "../column.ts";
import { conditionOf } from "../condition.ts";
import { type Facts, usedExtents } from "../facts.ts";

/** The one row of the VG. */
export function vgRows(facts: Facts): Row[] {
  const { metadata, discovery, devices } = facts;
  const { vg, pvs, lvs, version } = metadata;
  const extents = pvs.reduce((sum, pv) => sum + pv.extents, 0);
  const freeExtents = extents - pvs.reduce((sum, pv) => sum + usedExtents(facts, pv.id), 0);
  const row: Row = {
    name: vg.name,
    id: vg.id,
    size: extents * vg.extentSize,
    free: freeExtents * vg.extentSize,
    extentSize: vg.extentSize,
    extents,
    freeExtents,
    pvs: pvs.length,
    lvs: lvs.length,
    availability: discovery ? worstOf(lvs.flatMap((lv) => conditionOf(facts, lv).availability ?? [])) : null,
    missing: discovery ? pvs.filter(({ id }) => !devices.has(id)).length : null,
    duplicates: discovery ? discovery.duplicates.length : null,
    generation: discovery ? discovery.vg.generation : null,
    version,
    replace: vg.foreign ? null : (vg.policy?.replace ?? "never"),
    tags: vg.tags,
  };
  return [row];
}
