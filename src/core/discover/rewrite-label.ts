import type { Label } from "../../schema/index.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError } from "../base/error.ts";
import { planLabel } from "./plan-label.ts";
import { readLabel } from "./read-label.ts";
import type { Labelled } from "./select.ts";
import { performSteps } from "./steps.ts";
import type { LabelSys } from "./survey.ts";

/**
 * Writes both copies of a member's label, unless they say that already.
 * @param begin is called before the first write
 * @throws DvmError STALE when it is another device's meanwhile; IO
 */
export async function rewriteLabel(
  sys: Pick<LabelSys, "disks">,
  { candidate }: Pick<Labelled, "candidate">,
  label: Label,
  begin: () => void = () => undefined,
): Promise<void> {
  // Not exclusively: LVs that use the device may be live.
  const device = await sys.disks.open(candidate.path, { write: true, through: true });
  try {
    const state = await readLabel(device);
    const { newest } = state;
    if (newest?.label.device.id !== label.device.id)
      throw new DvmError("STALE", `${candidate.path}: its label changed meanwhile`);
    const isWhole = state.copies.every(({ copy }) => copy?.sequence === newest.sequence);
    if (isWhole && canonicalJson(newest.label) === canonicalJson(label)) return;
    const steps = planLabel(state, label);
    begin();
    await performSteps(device, steps);
  } finally {
    await device.close();
  }
}
