import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";

/** One step of a plan: what the loop below performs, and `--dry-run` would print. */
export type Step =
  | { readonly do: "write"; readonly offset: Bytes; readonly bytes: Uint8Array }
  /** Everything before is durable before anything after is begun. */
  | { readonly do: "flush" };

/** Performs the steps in order. @throws DvmError as the device fails */
export async function performSteps(device: BlockDevice, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.do === "write") await device.write(step.offset, step.bytes);
    else await device.flush();
  }
}
