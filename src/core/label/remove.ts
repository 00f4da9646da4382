import type { DiscoverChange } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { isId } from "../base/name.ts";
import type { Candidate } from "../port/scanner.ts";
import { vgNotFound } from "./find.ts";
import { COPY_OFFSETS } from "./layout.ts";
import { planWipe } from "./plan-label.ts";
import { readLabel } from "./read-label.ts";
import { planRestore, saveStretches } from "./saved.ts";
import { discoveredDevice, findVg, labelledOf, refuseDuplicates, selectDevices, vgsOf } from "./select.ts";
import { performSteps } from "./steps.ts";
import { type LabelSys, surveyDevices } from "./survey.ts";
import { checkUnused } from "./target.ts";

export interface RemoveRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  /** Path or id. A path may be one of several devices with one id: that is how a copy is got rid of. */
  readonly device: string;
  readonly devices: readonly string[];
}

/**
 * Wipes the label of one device; its regions and data stay as they are. The older copy goes first, so that
 * until the device is out of the VG its label says what it said.
 * @throws DvmError NOT_FOUND when the VG has no such device, IN_USE, READ_ONLY, DUPLICATE, IO;
 * CORRUPT when the label says nothing that could be trusted; HALF_DONE when it may be there or not
 */
export async function removeDevice(sys: LabelSys, request: RemoveRequest): Promise<DiscoverChange> {
  const labelled = labelledOf(await surveyDevices(sys, request.devices));
  const named = findVg(vgsOf(labelled), request.vg, request.vgId);
  let candidate: Candidate;
  if (isId(request.device)) {
    if (!named) throw vgNotFound(request);
    const selected = selectDevices(labelled, named);
    const twins = selected.duplicates.filter(({ id }) => id === request.device);
    refuseDuplicates({ ...selected, duplicates: twins });
    const found = selected.devices.find(({ label }) => label.device.id === request.device);
    if (!found) throw notInVg(request, "no device found has that id");
    candidate = found.candidate;
  } else candidate = defined((await sys.scanner.look([request.device]))[0], request.device);
  checkUnused(candidate, undefined, true);

  const device = await sys.disks.open(candidate.path, { write: true, exclusive: true, through: true });
  try {
    const state = await readLabel(device);
    if (!state.newest) throw notInVg(request, "it has no label");
    const { label } = state.newest;
    const isMeant =
      label.vg.id === (named?.id ?? request.vg) ||
      (named === undefined && label.vg.name === request.vg && (request.vgId ?? label.vg.id) === label.vg.id);
    if (!isMeant) throw notInVg(request, `its label says VG ${label.vg.name}, ${label.vg.id}`);
    const blocks = COPY_OFFSETS.map((offset) => ({ offset, length: device.logicalBlockSize }));
    const saved = await saveStretches(device, blocks);
    await performSteps(device, planWipe(state, device.logicalBlockSize)).catch(async (thrown: unknown) => {
      const { code, message } = toDvmError(thrown);
      const isBack = await performSteps(device, planRestore(saved)).then(
        () => true,
        () => false,
      );
      throw new DvmError(
        isBack ? code : "HALF_DONE",
        `${message}; ${isBack ? "its label is as before" : "its label may be there or not"}`,
        { cause: thrown, details: { path: candidate.path } },
      );
    });
    const removed = discoveredDevice(candidate, label);
    return { vg: label.vg, device: removed, devices: [removed] };
  } finally {
    await device.close();
  }
}

const notInVg = ({ vg, device }: RemoveRequest, why: string): DvmError =>
  new DvmError("NOT_FOUND", `VG ${vg} has no device ${device}: ${why}`);
