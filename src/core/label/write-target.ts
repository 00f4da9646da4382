/**
 * Makes a device a member. Order: every signature is wiped and flushed, and seen to be gone, before the first
 * copy of the label is written and flushed, before the second. A crash leaves a device that is not ours (with
 * or without the old signatures) or one with at least one whole copy, never a label beside a signature.
 */
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { BlockDevice } from "../port/block.ts";
import { planClear } from "./plan-clear.ts";
import { planLabel, planWipe } from "./plan-label.ts";
import { probeSignatures } from "./probe.ts";
import { readLabel } from "./read-label.ts";
import { performSteps } from "./steps.ts";
import { namesOf, type TargetPlan } from "./target.ts";

const NO_LABEL = { copies: [] } as const;

/**
 * @throws DvmError IO when it failed and the device has no label, HALF_DONE when it may have one
 */
export async function writeTarget(device: BlockDevice, { label, found }: TargetPlan): Promise<void> {
  let begun = false;
  try {
    await performSteps(device, planClear(found, device));
    if (found.length > 0) await checkClear(device);
    begun = true;
    await performSteps(device, planLabel(NO_LABEL, label));
    const { newest } = await readLabel(device);
    if (!newest || canonicalJson(newest.label) !== canonicalJson(label))
      throw new DvmError("IO", `${device.path}: the label does not read back as it was written`);
  } catch (thrown) {
    const error = toDvmError(thrown);
    const wiped = found.length > 0 ? ` (${namesOf(found).join(", ")} may be wiped already)` : "";
    if (begun && !(await undone(device))) throw leftHalfWay(device, error);
    throw new DvmError(error.code, `${error.message}${wiped}`, { cause: thrown, details: error.details });
  }
}

/** Takes a label off again. @throws DvmError as the device fails */
export async function unwriteTarget(device: BlockDevice): Promise<void> {
  await performSteps(device, planWipe(NO_LABEL, device.logicalBlockSize));
}

async function checkClear(device: BlockDevice): Promise<void> {
  const left = await probeSignatures(device);
  if (left.length === 0) return;
  throw new DvmError("IO", `${device.path}: ${namesOf(left).join(", ")} is still there after it was wiped`);
}

const undone = (device: BlockDevice): Promise<boolean> =>
  unwriteTarget(device).then(
    () => true,
    () => false,
  );

const leftHalfWay = (device: BlockDevice, cause: DvmError): DvmError =>
  new DvmError(
    "HALF_DONE",
    `${device.path}: may have a label, which could neither be completed nor wiped: ${cause.message}`,
    { cause, details: { path: device.path } },
  );
