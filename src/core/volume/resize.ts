/** Longer and shorter: segments of any types, and the parts that they are made of. */
import { defined } from "../base/assert.ts";
import { type Extents, roundUp, type Sectors } from "../base/units.ts";
import { runsIn, type Segment } from "./model.ts";
import type { Shape } from "./shape.ts";
import { typeOf } from "./types/index.ts";
import type { VolumeType } from "./types/type.ts";

/**
 * What to allocate to make an LV, or a part of one, longer: of its last segment's type. Builds all of its
 * segments.
 */
export function growthOf(segments: readonly Segment[], extentSize: Sectors): Shape {
  const last = defined(segments.at(-1), "the last segment");
  const of = (part: readonly Segment[]) => growthOf(part, extentSize);
  const shape = knownType(last).grow(last, { extentSize, runs: runsIn(segments), of });
  return { ...shape, build: (placed) => [...segments.slice(0, -1), ...shape.build(placed)] };
}

/** The first `length` extents. Where that cuts stripes, it must be at a whole row. */
export const shortened = (segments: readonly Segment[], length: Extents, extentSize: Sectors): Segment[] =>
  segments
    .filter(({ start }) => start < length)
    .map((segment) => {
      const rest = length - segment.start;
      const of = (part: readonly Segment[], left: Extents) => shortened(part, left, extentSize);
      return rest < segment.length ? knownType(segment).cut(segment, rest, { extentSize, of }) : segment;
    });

/** A length rounded up to whole rows of the segment in which it ends. */
export function wholeRows(segments: readonly Segment[], length: Extents): Extents {
  const cut = segments.find((segment) => segment.start < length && length < segment.start + segment.length);
  return cut ? cut.start + roundUp(length - cut.start, knownType(cut).width(cut)) : length;
}

/** Of metadata that may be changed every type is known. */
const knownType = (segment: Segment): VolumeType => defined(typeOf(segment), `type ${segment.type}`);
