import { inParallel } from "../../base/in-parallel.ts";
import type { Place } from "../disk/place.ts";
import { type Failed, failed } from "./outcome.ts";
import type { RegionSet } from "./region-set.ts";

/**
 * Makes durable what was found in regions: a process that was killed between a superblock and its flush leaves it in
 * caches alone, where everybody sees it and a power cut takes it back.
 * @param how all: whatever the devices are; unsure: only those whose writes are not durable by themselves, since the
 *   kernel ends a write of that kind as what it is when nobody is left who waits for it
 * @returns the regions of which that cannot be said
 */
export async function flushFound(
  set: RegionSet,
  views: readonly { readonly place: Place }[],
  how: "all" | "unsure",
  flushed: () => void = () => undefined,
): Promise<Failed[]> {
  const failures: Failed[] = [];
  await inParallel(views, set.inFlight, async ({ place }) => {
    try {
      await set.with(place, async (device) => {
        if (how === "unsure" && device.writeThrough) return;
        flushed();
        await device.flush();
      });
    } catch (error) {
      failures.push(failed(place, error));
    }
  });
  return failures;
}
