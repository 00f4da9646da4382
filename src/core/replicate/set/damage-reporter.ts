import type { RegionPlace } from "../disk/place.ts";
import type { Damage } from "./fetch.ts";
import type { RegionSys } from "./region-set.ts";

/** No more lines than this for one command, however bad things are. */
const MOST_LINES = 100;

/** Warns of damage that was worked around, of each page once. */
export function damageReporter({ terminal }: Pick<RegionSys, "terminal">) {
  const told = new Set<string>();
  const text = (place: RegionPlace, problem: string) => {
    const line = `${place.name}: ${problem}; another region is used. Verify, then sync this one`;
    if (told.has(line) || told.size > MOST_LINES) return;
    told.add(line);
    terminal.warn(line);
  };
  return { text, damage: ({ place, page }: Damage) => text(place, `page ${page} fails its hash`) };
}
