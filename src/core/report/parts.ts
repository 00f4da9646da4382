import type { Lv } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";

/** A piece of an LV as the metadata has it: extents in a row, on one PV when that is known. */
export interface Part {
  /** "" for the LV itself, else the component that has a dm device of its own, as `rimage_0`. */
  readonly component: string;
  readonly type: string;
  /** In the LV or component. */
  readonly start: Extents;
  readonly length: Extents;
  readonly stripe: number | null;
  readonly stripeSize: Sectors | null;
  /** Where it lies; null for a segment that is built on components, or of an unknown type. */
  readonly place: { readonly pv: string; readonly start: Extents; readonly length: Extents } | null;
  readonly legState: string | null;
  readonly known: boolean;
}

/** A segment as any version of the metadata has it. */
type AnySegment =
  | Lv["segments"][number]
  | { readonly type: "?"; readonly start: number; readonly length: number };

/** All parts of an LV, each leg after the segment it belongs to. Segments of unknown types are parts too. */
export function partsOf(lv: Lv): Part[] {
  const parts: Part[] = [];
  for (const segment of lv.segments) {
    add(parts, segment, "", null);
    if (segment.type !== "raid1") continue;
    for (const [index, { number = index, state, image, meta }] of segment.legs.entries()) {
      for (const each of image) add(parts, each, `rimage_${number}`, state);
      for (const each of meta) add(parts, each, `rmeta_${number}`, state);
    }
  }
  return parts;
}

function add(parts: Part[], segment: AnySegment, component: string, legState: string | null): void {
  const { type, start, length } = segment;
  const own = { component, type, start, length, stripe: null, stripeSize: null, legState };
  switch (segment.type) {
    case "linear": {
      const { area } = segment;
      parts.push({ ...own, place: { pv: area.pv, start: area.start, length }, known: true });
      break;
    }
    case "striped": {
      const { stripeSize, areas } = segment;
      for (const [stripe, area] of areas.entries())
        parts.push({
          ...own,
          stripe,
          stripeSize,
          place: { ...area, length: length / areas.length },
          known: true,
        });
      break;
    }
    default:
      parts.push({ ...own, place: null, known: segment.type === "raid1" });
  }
}
