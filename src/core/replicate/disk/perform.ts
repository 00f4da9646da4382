import type { BlockDevice } from "../../port/block.ts";
import type { RegionPlace } from "./place.ts";

/**
 * One step of a plan: offsets are in bytes from the region's beginning. A flush is a barrier: what the plan
 * wrote before it is durable before anything after it is begun.
 */
export type RegionStep =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "flush" };

/**
 * Does what the plan says, step by step. Where each write can be durable by itself, a flush has nothing left
 * to do: then less may be lost by a crash than the plan allows, and a device that hangs holds no thread.
 * @param begin called before each step
 * @throws DvmError IO, DEADLINE from the step that failed; no later one is begun
 */
export async function perform(
  device: BlockDevice,
  place: RegionPlace,
  steps: readonly RegionStep[],
  begin: (step: RegionStep) => void,
): Promise<void> {
  const { writeThrough } = device;
  for (const step of steps) {
    begin(step);
    if (step.kind === "flush") {
      if (!writeThrough) await device.flush();
    } else if (writeThrough) await writeThrough(place.offset + step.offset, step.bytes);
    else await device.write(place.offset + step.offset, step.bytes);
  }
}
