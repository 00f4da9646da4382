import type { Lv } from "../../../schema/index.ts";
import { components, isKnownLv, legsOf, legsSuffice, runsIn } from "../../volume/model.ts";
import { withUsed } from "../../volume/users.ts";

/**
 * What an LV can do with the devices that are there.
 * - whole: it lacks nothing
 * - stale: it lacks legs that a transaction has marked stale, nothing else
 * - legs: it lacks others, and those that are there have all of its content
 * - lost: some of its content is out of reach
 */
export type Need = "whole" | "stale" | "legs" | "lost";

export interface LvNeed {
  readonly need: Need;
  /** Ids of the PVs that it lacks, stale ones only when it lacks nothing else. */
  readonly lacks: readonly string[];
}

const ORDER: readonly Need[] = ["whole", "stale", "legs", "lost"];

/** Of the LV and all that it is built on, the worst. */
export function needOf(
  lv: Lv,
  byId: { get(id: string): Lv | undefined },
  isThere: (pv: string) => boolean,
): LvNeed {
  const each = withUsed([lv], byId).map((used) => ownNeed(used, isThere));
  const need = each.reduce<Need>(
    (worst, one) => (ORDER.indexOf(one.need) > ORDER.indexOf(worst) ? one.need : worst),
    "whole",
  );
  return { need, lacks: [...new Set(each.filter((one) => one.need === need).flatMap(({ lacks }) => lacks))] };
}

function ownNeed(lv: Lv, isThere: (pv: string) => boolean): LvNeed {
  if (!isKnownLv(lv)) return { need: "lost", lacks: [] };
  const legs = legsOf(lv);
  const lackedBy = (leg: number | undefined): string[] => [
    ...new Set(
      components(lv)
        .filter((component) => component.leg === leg)
        .flatMap(({ segments }) => runsIn(segments).map(({ pv }) => pv))
        .filter((pv) => !isThere(pv)),
    ),
  ];
  if (legs.length === 0) {
    const lacks = lackedBy(undefined);
    return { need: lacks.length > 0 ? "lost" : "whole", lacks };
  }
  const missing = legs.map((_, leg) => lackedBy(leg));
  const gone = missing.filter((_, leg) => legs[leg]?.state !== "stale").flat();
  if (gone.length === 0) {
    const stale = missing.flat();
    return { need: stale.length > 0 ? "stale" : "whole", lacks: [...new Set(stale)] };
  }
  const suffice = legsSuffice(lv, (leg) => legs[leg]?.state === "current" && missing[leg]?.length === 0);
  return { need: suffice ? "legs" : "lost", lacks: [...new Set(gone)] };
}
