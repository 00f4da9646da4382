import type { BlockDevice } from "../port/block.ts";
import type { Place } from "./place.ts";

/** One step of a plan: offsets are in bytes from the region's beginning. A flush is a barrier. */
export type Step =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "flush" };

/**
 * Does what the plan says, step by step.
 * @param begin called before each step
 * @throws DvmError IO, DEADLINE from the step that failed; no later one is begun
 */
export async function perform(
  device: BlockDevice,
  place: Place,
  steps: readonly Step[],
  begin: (step: Step) => void,
): Promise<void> {
  for (const step of steps) {
    begin(step);
    if (step.kind === "flush") await device.flush();
    else await device.write(place.offset + step.offset, step.bytes);
  }
}
