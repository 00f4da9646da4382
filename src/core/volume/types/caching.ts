import type { Segment } from "../../../schema/index.ts";

/**
 * flushing: it only puts what it holds into its origin, to be let go. lost: it has been given up, whatever it
 * holds.
 */
export type CachingState = "flushing" | "lost";

/** A type that keeps a part of what its LV holds on faster devices. */
export interface Caching<S> {
  /** What the LV is without it. */
  origin(segment: S): Segment[];
  /** It may hold what its origin lacks, as far as the metadata tells. */
  mayDiffer(segment: S): boolean;
  state(segment: S): CachingState | undefined;
  withState(segment: S, state: CachingState | undefined): S;
}
