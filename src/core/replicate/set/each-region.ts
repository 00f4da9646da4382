/** What every verb does with many regions at once. */
import { inParallel } from "../../base/in-parallel.ts";
import { perform, type RegionStep } from "../disk/perform.ts";
import type { RegionPlace } from "../disk/place.ts";
import { count, type FailedRegion, failed, type Tally } from "./outcome.ts";
import type { RegionSet } from "./region-set.ts";

export interface EachRegion {
  /** Of which progress is told, by region. */
  readonly verb?: string;
  /** Begins with no other region once one has failed; otherwise all get their turn. */
  readonly stop?: boolean;
}

/** @returns the regions that failed, in the order in which they did */
export async function eachRegion<V extends { readonly place: RegionPlace }>(
  set: RegionSet,
  views: readonly V[],
  { verb, stop = false }: EachRegion,
  work: (view: V) => Promise<void>,
): Promise<FailedRegion[]> {
  const failures: FailedRegion[] = [];
  let finished = 0;
  await inParallel(views, set.inFlight, async (view) => {
    if (stop && failures.length > 0) return;
    try {
      await work(view);
    } catch (error) {
      failures.push(failed(view.place, error));
    }
    if (verb !== undefined) set.sys.terminal.progress(verb, ++finished, views.length);
  });
  return failures;
}

/**
 * Performs steps in a region and counts them.
 * @param begin called before each step
 * @throws DvmError as perform
 */
export const write = (
  set: RegionSet,
  place: RegionPlace,
  steps: readonly RegionStep[],
  tally: Tally,
  begin: (step: RegionStep) => void = () => undefined,
): Promise<void> =>
  set.with(place, (device) =>
    perform(device, place, steps, (step) => {
      count(tally, step);
      begin(step);
    }),
  );
