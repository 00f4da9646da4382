import type { DiscoveredDevice, Pv } from "../../../schema/index.ts";
import type { Row } from "../column.ts";
import { legOf } from "../condition.ts";
import { type Facts, roomOf, usedExtents } from "../facts.ts";

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
    vg: facts.metadata.vg.name,
    path: device?.path ?? null,
    dev: device?.dev ?? null,
    state: pvState(facts, id),
    size: extents * extentSize,
    free: (extents - used) * extentSize,
    used: used * extentSize,
    deviceSize: device?.size ?? null,
    blockBytes: pv?.blockBytes ?? device?.blockBytes ?? null,
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

/** How the device of a PV does, the gravest first; null when devices are not known. */
export function pvState(facts: Facts, id: string): string | null {
  const { discovery, devices, twice, metadata } = facts;
  const pv = facts.pvs.get(id);
  if (!discovery) return null;
  if (twice.has(id)) return "duplicate";
  if (!pv) return "unused";
  const device = devices.get(id);
  if (!device) return "missing";
  if (pv.extents * metadata.vg.extentSize > roomOf(device)) return "short";
  if (pv.blockBytes !== device.blockBytes) return "blocks";
  const uses = facts.uses.get(id) ?? [];
  return uses.some(({ lv, area }) => legOf(facts, lv, area.component)?.state === "failed")
    ? "failed"
    : device.readOnly
      ? "read-only"
      : "present";
}
