import type { DiscoveredDevice, Pv } from "../../../schema/index.ts";
import type { Row } from "../column.ts";
import { type Facts, usedExtents } from "../facts.ts";

/** A row for each PV in the order of the metadata, then one for each device found that is none. */
export function pvRows(facts: Facts): Row[] {
  const { metadata, discovery, pvs, devices } = facts;
  const strangers = (discovery?.devices ?? []).filter(({ id }) => !pvs.has(id));
  return [
    ...metadata.pvs.map((pv) => pvRow(facts, pv, devices.get(pv.id))),
    ...strangers.map((device) => pvRow(facts, undefined, device)),
  ];
}

function pvRow(facts: Facts, pv: Pv | undefined, device: DiscoveredDevice | undefined): Row {
  const { extentSize } = facts.metadata.vg;
  const id = pv?.id ?? device?.id ?? "";
  const extents = pv?.extents ?? 0;
  const used = usedExtents(facts, id);
  return {
    id,
    path: device?.path ?? null,
    dev: device?.dev ?? null,
    state: stateOf(facts, pv, id),
    size: extents * extentSize,
    free: (extents - used) * extentSize,
    used: used * extentSize,
    deviceSize: device?.size ?? null,
    dataStart: device?.dataStart ?? null,
    extents,
    freeExtents: extents - used,
    lvs: [...new Set((facts.uses.get(id) ?? []).map(({ lv }) => lv.name))],
    regions: device ? device.regions.length : null,
    allocatable: pv?.allocatable ?? false,
    missing: facts.discovery ? device === undefined : null,
    tags: pv?.tags ?? [],
  };
}

function stateOf({ discovery, devices }: Facts, pv: Pv | undefined, id: string): string | null {
  if (!discovery) return null;
  if (discovery.duplicates.some((duplicate) => duplicate.id === id)) return "duplicate";
  if (!pv) return "unused";
  return devices.has(id) ? "present" : "missing";
}
