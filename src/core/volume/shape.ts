/**
 * How an LV, or a part of one, is made of tracks that run in parallel: what to allocate, and what becomes of
 * it.
 */
import type { Segment } from "../../schema/index.ts";
import type { Extents } from "../base/units.ts";
import { endOf, type Run } from "./runs.ts";

/** What a track has already: nothing for a new one. */
export interface Track {
  /** Where its last run ends. */
  readonly end?: { readonly pv: string; readonly start: Extents };
  /** The PVs that it is on, the last one first. */
  readonly pvs: readonly string[];
}

/** What one track got. */
export interface Placed {
  readonly runs: readonly Run[];
  readonly meta?: Run;
}

export interface Shape {
  readonly tracks: readonly Track[];
  /** What must be on different PVs: the areas of one row of stripes, or whole legs. */
  readonly apart: "rows" | "legs";
  /** A further run of each track, on the PV of its first run; 0 for none. Only for new tracks. */
  readonly metaLength: Extents;
  /** Logical extents for each extent of a track: the number of stripes, else 1. */
  readonly width: number;
  /** The segments, once the tracks have got what they need. */
  readonly build: (placed: readonly Placed[]) => Segment[];
}

export const newTracks = (count: number): Track[] => Array.from({ length: count }, () => ({ pvs: [] }));

/** The track that runs in this order make. */
export function trackOf(runs: readonly Run[]): Track {
  const last = runs.at(-1);
  return {
    ...(last && { end: { pv: last.pv, start: endOf(last) } }),
    pvs: [...new Set(runs.map(({ pv }) => pv).reverse())],
  };
}

/** For people: why an LV gets more extents than it was to have. */
export const wholeRowsOf = (name: string, wanted: Extents, extents: Extents, width: number): string =>
  `LV ${name} gets ${extents} extents instead of ${wanted}, in whole rows of ${width}`;
