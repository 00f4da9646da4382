import type { Lv, Segment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import { partsOf } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { typeOf } from "../volume/types/index.ts";
import type { Part } from "../volume/types/type.ts";

/** One line of what an LV is made of: extents in a row on one PV, or a segment that has none. */
export interface Area {
  /** "" for the LV itself, else the component that has a dm device of its own, as `rimage_0`. */
  readonly component: string;
  readonly type: string;
  /** Of its segment, in the LV or component. */
  readonly start: Extents;
  readonly length: Extents;
  readonly stripe: number | null;
  readonly stripeSize: Sectors | null;
  /** Where it lies; null for a segment that is built on components, or of an unknown type. */
  readonly place: Run | null;
  readonly known: boolean;
}

/** All of an LV, its parts after the segment they belong to. Segments of unknown types are there too. */
export const areasOf = ({ segments }: Lv): readonly Area[] =>
  segments.flatMap((segment) => [
    ...areasIn(segment, undefined),
    ...partsOf(segment).flatMap((part) => part.segments.flatMap((each) => areasIn(each, part))),
  ]);

function areasIn(segment: Segment, part: Part | undefined): Area[] {
  const { type: name, start, length } = segment;
  const type = typeOf(segment);
  const runs = type?.runs(segment) ?? [];
  const own = { component: part?.layer ?? "", type: name, start, length, known: type !== undefined };
  if (!type || runs.length === 0) return [{ ...own, stripe: null, stripeSize: null, place: null }];
  const isStriped = type.width(segment) > 1;
  const stripeSize = type.stripeSize(segment);
  return runs.map((place, index) => ({ ...own, stripe: isStriped ? index : null, stripeSize, place }));
}
