import type { RegionPlace } from "../disk/place.ts";
import { eachRegion } from "./each-region.ts";
import type { FailedRegion } from "./outcome.ts";
import type { RegionSet } from "./region-set.ts";

/**
 * Makes durable what was found in regions: a process that was killed between a superblock and its flush
 * leaves it in caches alone, where everybody sees it and a power cut takes it back.
 * @param how all: whatever the devices are; unsure: only those whose writes are not durable by themselves,
 *   since the kernel ends a write of that kind as what it is when nobody is left who waits for it
 * @returns the regions of which that cannot be said
 */
export const flushFound = (
  set: RegionSet,
  views: readonly { readonly place: RegionPlace }[],
  how: "all" | "unsure",
  flushed: () => void = () => undefined,
): Promise<FailedRegion[]> =>
  eachRegion(set, views, {}, ({ place }) =>
    set.with(place, async (device) => {
      if (how === "unsure" && device.writeThrough) return;
      flushed();
      await device.flush();
    }),
  );
