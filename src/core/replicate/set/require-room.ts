import { DvmError } from "../../base/error.ts";
import { type Bytes, PAGE, type Pages } from "../../base/units.ts";
import { MAX_CONTENT_BYTES } from "../disk/layout.ts";
import { reserveOf } from "../disk/reserve.ts";
import { levelSizes } from "../disk/tree-shape.ts";
import type { RegionView } from "./region-view.ts";

/** Of a region that was just formatted: its superblock and the root of its empty state. */
const TAKEN: Pages = 2;

/**
 * Content of so many bytes has to fit into every region once that is formatted, even if no page of it is like
 * another.
 * @throws DvmError TOO_LARGE naming the shortest region
 */
export function requireRoom(views: readonly RegionView[], bytes: Bytes): void {
  if (bytes === 0) return;
  const { place } = views.reduce((a, b) => (b.place.length < a.place.length ? b : a));
  const pages = levelSizes(bytes).reduce((sum, size) => sum + size, 1);
  const free = place.length - Math.max(TAKEN, 1 + reserveOf(place.length));
  if (bytes <= MAX_CONTENT_BYTES && pages <= free) return;
  throw new DvmError(
    "TOO_LARGE",
    bytes > MAX_CONTENT_BYTES
      ? `${bytes} bytes are more than any region can hold (${MAX_CONTENT_BYTES})`
      : `${bytes} bytes need ${pages} pages of ${PAGE} bytes, and ${place.name} has ${free} for them`,
    { details: { bytes, pages, free } },
  );
}
