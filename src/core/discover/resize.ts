import type { DiscoverChange } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { bytesToSectors, formatSize, type Sectors } from "../base/units.ts";
import { vgNotFound } from "./find.ts";
import { resizeLayout } from "./resize-layout.ts";
import { rewriteLabel } from "./rewrite-label.ts";
import { discoveredDevice, findVg, labelledOf, refuseDuplicates, selectDevices, vgsOf } from "./select.ts";
import { type LabelSys, surveyDevices } from "./survey.ts";

export interface ResizeRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  /** Path or id of the member. */
  readonly device: string;
  /** That the device has, or shall have; as it is now when undefined. */
  readonly size: Sectors | undefined;
  readonly dryRun: boolean;
  readonly devices: readonly string[];
}

/**
 * Divides a member anew. What its new regions hold has to be there before.
 * @returns the device as its label says then
 * @throws DvmError NOT_FOUND, DUPLICATE, TOO_SMALL; as rewriteLabel
 */
export async function resizeDevice(sys: LabelSys, request: ResizeRequest): Promise<DiscoverChange> {
  const { vg: name, vgId, device: word, dryRun } = request;
  const surveyed = await surveyDevices(sys, request.devices);
  const labelled = labelledOf(surveyed);
  const vg = findVg(vgsOf(labelled), name, vgId);
  if (!vg) throw vgNotFound({ vg: name, vgId }, surveyed);
  const selected = selectDevices(labelled, vg);
  refuseDuplicates(selected);
  const member = selected.devices.find(
    ({ candidate: { path }, label }) => path === word || label.device.id === word,
  );
  if (!member) throw new DvmError("NOT_FOUND", `VG ${vg.name} has no device ${word}`);
  const { candidate, label: was } = member;
  const there = bytesToSectors(candidate.size);
  const size = request.size ?? there;
  if (size > there)
    throw new DvmError(
      "TOO_SMALL",
      `${candidate.path} has ${formatSize(there)}, less than ${formatSize(size)}: enlarge it first`,
    );
  const label = resizeLayout(candidate.path, was, size);
  if (!dryRun) await rewriteLabel(sys, member, label);
  return { vg, devices: [discoveredDevice({ ...member, label })] };
}
