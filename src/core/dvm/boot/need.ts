import type { Lv } from "../../../schema/index.ts";
import { components, isKnownLv, isServed, partsOf, runsOf } from "../../volume/model.ts";
import { type Relations, together } from "../../volume/users.ts";

/**
 * What an LV can do with the devices that are there.
 * - whole: it lacks nothing
 * - stale: it lacks legs that a transaction has marked stale, nothing else
 * - legs: it lacks others, and those that are there have all of its content
 * - lost: some of its content is out of reach
 */
export type Need = "whole" | "stale" | "legs" | "lost";

/** Nothing that it is, and nothing that it is built on, writes by itself: it is extents and no more. */
export const isPlain = (lv: Lv, relations: Relations): boolean =>
  together([lv], relations).every(
    (each) => isKnownLv(each) && each.segments.every((segment) => partsOf(segment).length === 0),
  );

export interface LvNeed {
  readonly need: Need;
  /** Ids of the PVs that it lacks, stale ones only when it lacks nothing else. */
  readonly lacks: readonly string[];
}

const ORDER: readonly Need[] = ["whole", "stale", "legs", "lost"];

/** Of the LV, all that it is built on and all that comes up together with it, the worst. */
export function needOf(lv: Lv, relations: Relations, isThere: (pv: string) => boolean): LvNeed {
  const each = together([lv], relations).map((used) => ownNeed(used, isThere));
  const need = each.reduce<Need>(
    (worst, one) => (ORDER.indexOf(one.need) > ORDER.indexOf(worst) ? one.need : worst),
    "whole",
  );
  return { need, lacks: [...new Set(each.filter((one) => one.need === need).flatMap(({ lacks }) => lacks))] };
}

function ownNeed(lv: Lv, isThere: (pv: string) => boolean): LvNeed {
  if (!isKnownLv(lv)) return { need: "lost", lacks: [] };
  const awayIn = (ofStale: boolean): string[] => {
    const parts = components(lv).filter(
      ({ chain }) => chain.some(({ state }) => state === "stale") === ofStale,
    );
    const pvs = parts.flatMap(({ segments }) => segments.flatMap(runsOf)).map(({ pv }) => pv);
    return [...new Set(pvs.filter((pv) => !isThere(pv)))];
  };
  const gone = awayIn(false);
  if (gone.length > 0)
    return { need: isServed(lv.segments, ({ pv }) => isThere(pv)) ? "legs" : "lost", lacks: gone };
  const stale = awayIn(true);
  return { need: stale.length > 0 ? "stale" : "whole", lacks: stale };
}
