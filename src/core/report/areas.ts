import type { Lv, Segment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import { partsOf } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { kindOf, typeOf } from "../volume/types/index.ts";
import type { Part } from "../volume/types/type.ts";

/** One line of what an LV is made of: extents in a row on one PV, or a segment that has none. */
export interface AreaRow {
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
export function areasOf({ segments }: Lv): readonly AreaRow[] {
  const areas: AreaRow[] = [];
  addAll(areas, segments, undefined);
  return areas;
}

function addAll(areas: AreaRow[], segments: readonly Segment[], of: Part | undefined): void {
  for (const segment of segments) {
    addAreas(areas, segment, of);
    for (const part of partsOf(segment)) addAll(areas, part.segments, part);
  }
}

function addAreas(areas: AreaRow[], segment: Segment, part: Part | undefined): void {
  const { start, length } = segment;
  const component = part?.layer ?? "";
  const type = typeOf(segment);
  const known = type !== undefined;
  const runs = type?.runs(segment) ?? [];
  const stripeSize = (runs.length > 0 && type?.stripeSize(segment)) || null;
  const isStriped = runs.length > 0 && type !== undefined && type.width(segment) > 1;
  const own = { component, type: kindOf(segment), start, length, stripeSize, known };
  if (runs.length === 0) areas.push({ ...own, stripe: null, place: null });
  for (const [index, place] of runs.entries())
    areas.push({ ...own, stripe: isStriped ? index : null, place });
}
