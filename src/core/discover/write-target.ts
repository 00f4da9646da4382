/**
 * Makes a device a member. Order: every signature is wiped and flushed, and seen to be gone, before the first
 * copy of the label is written and flushed, before the second. A crash leaves a device that is not ours (with
 * or without the old signatures) or one with at least one whole copy, never a label beside a signature. When
 * the device fails instead of the machine, what stood there before is put back.
 */
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { BlockDevice } from "../port/block.ts";
import { namesOf } from "./content.ts";
import { COPY_BYTES, COPY_OFFSETS } from "./layout.ts";
import { planClear, stretchesOf } from "./plan-clear.ts";
import { planLabel, planWipe } from "./plan-label.ts";
import { probeSignatures } from "./probe.ts";
import { readLabel } from "./read-label.ts";
import { planRestore, type Saved, saveStretches } from "./saved.ts";
import { performSteps } from "./steps.ts";
import type { TargetPlan } from "./target.ts";

const NO_LABEL = { copies: [] } as const;
const copies = COPY_OFFSETS.map((offset) => ({ offset, length: COPY_BYTES }));

/**
 * @returns what stood there before, for unwriteTarget
 * @throws DvmError IO, DEADLINE when it failed and everything is as it was; HALF_DONE when it may not be
 */
export async function writeTarget(device: BlockDevice, { label, found }: TargetPlan): Promise<Saved> {
  const stretches = stretchesOf(found, device);
  const saved = await saveStretches(device, [...stretches, ...copies]);
  try {
    await performSteps(device, planClear(stretches));
    if (found.length > 0) await checkClear(device);
    await performSteps(device, planLabel(NO_LABEL, label));
    const { newest } = await readLabel(device);
    if (!newest || canonicalJson(newest.label) !== canonicalJson(label))
      throw new DvmError("IO", `${device.path}: the label does not read back as it was written`);
    return saved;
  } catch (thrown) {
    const error = toDvmError(thrown);
    if (await undone(device, saved)) throw error;
    const wiped = found.length > 0 ? `, and its ${namesOf(found).join(" and ")} may be wiped` : "";
    throw new DvmError(
      "HALF_DONE",
      `${device.path}: may have a label, which could neither be completed nor taken off${wiped}: ` +
        `${error.message}`,
      { cause: thrown, details: { path: device.path, signatures: namesOf(found) } },
    );
  }
}

/**
 * Takes a label off again, and then puts back what it and the wiping replaced. @throws DvmError as the device
 * fails
 */
export async function unwriteTarget(device: BlockDevice, saved: Saved): Promise<void> {
  await performSteps(device, planWipe(NO_LABEL, device.logicalBlockSize));
  await performSteps(device, planRestore(saved));
}

async function checkClear(device: BlockDevice): Promise<void> {
  const left = await probeSignatures(device);
  if (left.length === 0) return;
  throw new DvmError("IO", `${device.path}: ${namesOf(left).join(", ")} is still there after it was wiped`);
}

const undone = (device: BlockDevice, saved: Saved): Promise<boolean> =>
  unwriteTarget(device, saved).then(
    () => true,
    () => false,
  );
