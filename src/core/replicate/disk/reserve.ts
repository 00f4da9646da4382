import type { Pages } from "../../base/units.ts";

/**
 * What a change takes that only makes metadata smaller: the pages of its head, of a record, of what has
 * become free, its last one, tables and the root.
 */
const LEAST: Pages = 6;
const MOST: Pages = 32;
const PART = 8;
/** At most this part of a region that is too small for it. */
const MOST_PART = 3 / 8;

/**
 * How many pages of a region nothing that grows may take. A new state is written beside the one in force: in
 * a region that is full to the last page nothing could be changed any more, not even made smaller.
 */
export const reserveOf = (length: Pages): Pages =>
  Math.min(MOST, Math.max(Math.min(LEAST, Math.floor(length * MOST_PART)), Math.floor(length / PART)));
