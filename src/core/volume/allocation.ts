/** What an allocation is asked for. */
import type { Bytes, Extents } from "../base/units.ts";
import type { Shape } from "./shape.ts";
import type { FreeSpace } from "./space.ts";

export const policies = ["contiguous", "cling", "normal", "anywhere"] as const;
export type Policy = (typeof policies)[number];

export interface AllocationRequest extends Pick<Shape, "tracks" | "apart" | "metaLength"> {
  /** Of each track. */
  readonly length: Extents;
  readonly policy: Policy;
  /** The PVs that may be used, in the order of ids. */
  readonly pvs: readonly FreeSpace[];
  /** Somebody has said that only these may be used. */
  readonly named: boolean;
  /** The logical block size of the LV, which it keeps; undefined for a new one: that of the PVs it gets. */
  readonly blockBytes: Bytes | undefined;
  /** It may lie on PVs of several block sizes. undefined: whoever asks cannot allow that. */
  readonly mixed: boolean | undefined;
}
