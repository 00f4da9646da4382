/** How much of something can be used. */

/**
 * complete: all is there, and every copy current; degraded: its data can be read, but less would have to fail
 * for that to end; unavailable: some of its data cannot be reached; unknown: nobody can tell.
 */
export type Availability = "complete" | "degraded" | "unavailable" | "unknown";

/** Unknown stands between: what is known to be out of reach is worse. */
const ORDER: readonly Availability[] = ["complete", "degraded", "unknown", "unavailable"];

/** The worst of these; complete when there are none. */
export const worstOf = (all: readonly Availability[]): Availability =>
  all.reduce<Availability>(
    (worst, each) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst),
    "complete",
  );
