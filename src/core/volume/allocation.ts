/** What an allocation is asked for, and what it gives. */
import type { Bytes, Extents } from "../base/units.ts";
import type { Run } from "./model.ts";
import type { FreeSpace } from "./space.ts";

export const policies = ["contiguous", "cling", "normal", "anywhere"] as const;
export type Policy = (typeof policies)[number];

/** What a track has already: nothing for a new one. */
export interface Track {
  /** Where its last run ends. */
  readonly end?: { readonly pv: string; readonly start: Extents };
  /** The PVs that it is on, the last one first. */
  readonly pvs: readonly string[];
}

export interface AllocationRequest {
  readonly tracks: readonly Track[];
  /** Of each track. */
  readonly length: Extents;
  /** A further run of each track, on the PV of its first run; 0 for none. Only for new tracks. */
  readonly metaLength: Extents;
  /** What must be on different PVs: the areas of one row of stripes, or whole legs. */
  readonly apart: "rows" | "legs";
  readonly policy: Policy;
  /** The PVs that may be used, in the order of ids. */
  readonly pvs: readonly FreeSpace[];
  /** The logical block size of the LV, which it keeps; undefined for a new one: that of the PVs it gets. */
  readonly blockBytes: Bytes | undefined;
  /** It may lie on PVs of several block sizes. undefined: whoever asks cannot allow that. */
  readonly mixed: boolean | undefined;
}

/** What one track got. */
export interface Placed {
  readonly runs: readonly Run[];
  readonly meta?: Run;
}
