/** A disk that died while its LVs were live has no place any more, but their tables still name it. */
import type { DmDevice, Metadata, Segment } from "../../schema/index.ts";
import type { Sectors } from "../base/units.ts";
import { TargetRefusal } from "../dm/targets/target.ts";
import { identityOf } from "../volume/identity.ts";
import { components, runsOf } from "../volume/model.ts";
import { typeOf } from "../volume/types/index.ts";
import { type DeviceArea, rangeOf, WRAPPED } from "../volume/types/type.ts";
import type { LiveLv } from "./live.ts";
import type { Place, Places } from "./places.ts";

/**
 * The places that are known, and those of missing PVs where live tables agree about them. A table that names
 * a device which is known as another PV's tells nothing.
 */
export function learnPlaces(
  { vg, lvs }: Metadata,
  live: ReadonlyMap<string, LiveLv>,
  known: Places,
): ReadonlyMap<string, Place> {
  if (known.whyNot.size === 0) return known.of;
  const taken = new Set([...known.of.values()].map(({ token }) => token));
  const learned = new Map<string, Place | undefined>();
  for (const lv of lvs) {
    const devices = new Map(live.get(lv.id)?.devices.map((device) => [device.uuid, device]));
    if (devices.size === 0) continue;
    for (const { layer, segments } of components(lv)) {
      const device =
        (layer === "" ? devices.get(identityOf(vg, lv, "", WRAPPED).uuid) : undefined) ??
        devices.get(identityOf(vg, lv, layer).uuid);
      if (!device) continue;
      for (const segment of segments) {
        const areas = areasOf(segment, device, vg.extentSize);
        for (const [index, { pv, start }] of runsOf(segment).entries()) {
          if (known.of.has(pv)) continue;
          const found = areas[index];
          const place = found && {
            token: found.device,
            path: undefined,
            dataStart: found.offset - start * vg.extentSize,
            extents: Number.MAX_SAFE_INTEGER,
          };
          learned.set(pv, agreed(learned, pv, place && !taken.has(place.token) ? place : undefined));
        }
      }
    }
  }
  const places = new Map(known.of);
  for (const [pv, place] of learned) if (place) places.set(pv, place);
  return places;
}

function agreed(learned: ReadonlyMap<string, Place | undefined>, pv: string, place: Place | undefined) {
  if (!learned.has(pv)) return place;
  const before = learned.get(pv);
  return before?.token === place?.token && before?.dataStart === place?.dataStart ? before : undefined;
}

/** The areas that the live table has for the segment. */
function areasOf(segment: Segment, { table }: DmDevice, extentSize: Sectors): readonly DeviceArea[] {
  const { start, length } = rangeOf(segment, extentSize);
  const lines = (table ?? []).filter((line) => line.start >= start && line.start < start + length);
  if (lines[0]?.start !== start) return [];
  try {
    return typeOf(segment)?.learn(lines) ?? [];
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return [];
    throw refusal;
  }
}
