import type { Lv } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";

/** Extents in a row on a PV. */
export interface Place {
  readonly pv: string;
  readonly start: Extents;
  readonly length: Extents;
}

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
  readonly place: Place | null;
  readonly legState: string | null;
  readonly known: boolean;
}

/** A segment as any version of the metadata has it. */
type AnySegment =
  | Lv["segments"][number]
  | { readonly type: "?"; readonly start: number; readonly length: number };

type Raid1 = Extract<Lv["segments"][number], { type: "raid1" }>;

const NONE: readonly Raid1[] = [];
const isRaid1 = (segment: Lv["segments"][number]): segment is Raid1 => segment.type === "raid1";

/** The segments that have legs, which those of thousands of LVs have not. */
export const raid1sOf = ({ segments }: Lv): readonly Raid1[] =>
  segments.some(isRaid1) ? segments.filter(isRaid1) : NONE;

/** All parts of an LV, each leg after the segment it belongs to. Segments of unknown types are parts too. */
export function partsOf({ segments }: Lv): readonly Part[] {
  const first = segments[0];
  return segments.length === 1 && first ? partsOfSegment(first) : segments.flatMap(partsOfSegment);
}

/** Ids of the PVs that these are on, each once, in order of first use. */
export function pvsOf(parts: readonly Part[]): string[] {
  const pvs: string[] = [];
  parts.forEach(({ place }) => {
    if (place && !pvs.includes(place.pv)) pvs.push(place.pv);
  });
  return pvs;
}

export function partsOfSegment(segment: Lv["segments"][number]): readonly Part[] {
  const own = partsIn(segment, "", null);
  if (segment.type !== "raid1") return own;
  const legs = segment.legs.flatMap(({ number, state, image, meta }, index) => [
    ...image.flatMap((each) => partsIn(each, `rimage_${number ?? index}`, state)),
    ...meta.flatMap((each) => partsIn(each, `rmeta_${number ?? index}`, state)),
  ]);
  return [...own, ...legs];
}

function partsIn(segment: AnySegment, component: string, legState: string | null): Part[] {
  const { type, start, length } = segment;
  const own = (place: Part["place"], known: boolean): Part => ({
    component,
    type,
    start,
    length,
    stripe: null,
    stripeSize: null,
    place,
    legState,
    known,
  });
  switch (segment.type) {
    case "linear":
      return [own({ pv: segment.area.pv, start: segment.area.start, length }, true)];
    case "striped": {
      const { stripeSize, areas } = segment;
      return areas.map((area, stripe) => ({
        ...own({ ...area, length: length / areas.length }, true),
        stripe,
        stripeSize,
      }));
    }
    default:
      return [own(null, segment.type === "raid1")];
  }
}
