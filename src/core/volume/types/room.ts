import type { Segment } from "../../../schema/index.ts";
import type { Extents, Sectors } from "../../base/units.ts";

/** A part that has a size of its own. */
export interface Room {
  /** An option of extend-lv, when it is not the one that is meant without any. */
  readonly name: string;
  /** For people: `store`. */
  readonly what: string;
  readonly segments: readonly Segment[];
  /** More is of no use. Left out: there is no such bound. */
  most?(extentSize: Sectors): Extents;
  /** The segment with these instead. */
  with(segments: Segment[]): Segment;
}
