import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";

/** One step of a plan: what the loop below performs, and `--dry-run` would print. */
export type LabelStep =
  | { readonly do: "write"; readonly offset: Bytes; readonly bytes: Uint8Array }
  /** What the plan wrote before it is durable before anything after it is begun. */
  | { readonly do: "flush" };

/** Performs the steps in order, as replicate/disk/perform.ts does. @throws DvmError as the device fails */
export async function performSteps(device: BlockDevice, steps: readonly LabelStep[]): Promise<void> {
  const { writeThrough } = device;
  for (const step of steps) {
    if (step.do === "flush") {
      if (!writeThrough) await device.flush();
    } else if (writeThrough) await writeThrough(step.offset, step.bytes);
    else await device.write(step.offset, step.bytes);
  }
}
