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
  return lv.segments.flatMap((segment) => [
    ...segmentParts(segment, "", null),
    ...(segment.type === "raid1"
      ? segment.legs.flatMap((leg, index) => [
          ...leg.image.flatMap((each) => segmentParts(each, `rimage_${leg.number ?? index}`, leg.state)),
          ...leg.meta.flatMap((each) => segmentParts(each, `rmeta_${leg.number ?? index}`, leg.state)),
        ])
      : []),
  ]);
}

function segmentParts(segment: AnySegment, component: string, legState: string | null): Part[] {
  const part: Part = {
    component,
    type: segment.type,
    start: segment.start,
    length: segment.length,
    stripe: null,
    stripeSize: null,
    place: null,
    legState,
    known: true,
  };
  switch (segment.type) {
    case "linear":
      return [{ ...part, place: { ...segment.area, length: segment.length } }];
    case "striped": {
      const length = segment.length / segment.areas.length;
      const { stripeSize } = segment;
      return segment.areas.map((area, stripe) => ({
        ...part,
        stripe,
        stripeSize,
        place: { ...area, length },
      }));
    }
    case "raid1":
      return [part];
    default:
      return [{ ...part, known: false }];
  }
}
