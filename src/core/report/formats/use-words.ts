import type { Use } from "../facts.ts";

/** What uses extents, as people call it: an LV, its component, a stripe. */
export const useName = ({ lv, area }: Use): string =>
  [lv.name, area.component, area.stripe === null ? "" : `stripe ${area.stripe}`]
    .filter((word) => word !== "")
    .join(" ");

/** Extents as people count them: the first and the last. */
export const extentRange = (start: number, length: number): string => `[${start}-${start + length - 1}]`;
