import type { Lv } from "../../schema/index.ts";
import type { Facts } from "./facts.ts";
import { type Part, raid1sOf } from "./parts.ts";

/** Ids of the PVs that these are on, each once, in order of first use. */
export function pvsOf(parts: readonly Part[]): string[] {
  const pvs: string[] = [];
  parts.forEach(({ place }) => {
    if (place && !pvs.includes(place.pv)) pvs.push(place.pv);
  });
  return pvs;
}

/**
 * complete: every device is there and every leg current, or rebuilt by now as the kernel has it; degraded: its
 * data can be read from a leg that is complete; unavailable: some of its data is on a missing device only.
 * @param parts of the LV
 * @param health a letter for each leg from the kernel's status, when it is live
 * @returns null when the devices, or the LV's segments, are not known
 */
export function availabilityOf(
  facts: Facts,
  lv: Lv,
  parts: readonly Part[],
  health: string | null,
): "complete" | "degraded" | "unavailable" | null {
  const { discovery, devices } = facts;
  if (!discovery || parts.some(({ known }) => !known)) return null;
  const isThere = (list: readonly { readonly place: { readonly pv: string } | null }[]) =>
    list.every(({ place }) => place === null || devices.has(place.pv));
  if (!isThere(parts.filter(({ component }) => component === ""))) return "unavailable";
  let degraded = false;
  for (const segment of raid1sOf(lv)) {
    const legs = segment.legs.map((leg, index) => ({
      usable: leg.state === "current" || (leg.state === "rebuild" && health?.[index] === "A"),
      there: isThere(
        parts.filter(({ component }) =>
          [`rimage_${leg.number ?? index}`, `rmeta_${leg.number ?? index}`].includes(component),
        ),
      ),
    }));
    if (!legs.some(({ usable, there }) => usable && there)) return "unavailable";
    if (!legs.every(({ usable, there }) => usable && there)) degraded = true;
  }
  return degraded ? "degraded" : "complete";
}
