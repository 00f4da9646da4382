import type { Pages } from "../../base/units.ts";

/** A page of the content and the root above it. */
const LEAST: Pages = 2;
const MOST: Pages = 32;
const PART = 8;

/**
 * How many pages of a region nothing that grows may take. A new state is written beside the one in force: in
 * a region that is full to the last page nothing could be changed any more, not even made smaller.
 */
export const reserveOf = (length: Pages): Pages => Math.min(MOST, Math.max(LEAST, Math.floor(length / PART)));
