import type { Discovery } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { discoveredDevice, findVg, labelledOf, refuseDuplicates, selectDevices, vgsOf } from "./select.ts";
import { type LabelSys, surveyDevices } from "./survey.ts";

export interface FindRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  readonly devices: readonly string[];
}

/**
 * The discovery document of a VG.
 * @throws DvmError NOT_FOUND; DUPLICATE when several VGs have the name, or several devices one id (the
 * document then comes along, without those devices)
 */
export async function findDevices(sys: LabelSys, request: FindRequest): Promise<Discovery> {
  const labelled = labelledOf(await surveyDevices(sys, request.devices));
  const vg = findVg(vgsOf(labelled), request.vg, request.vgId);
  if (!vg) throw vgNotFound(request);
  const selected = selectDevices(labelled, vg);
  const devices = selected.devices.map(({ candidate, label }) => discoveredDevice(candidate, label));
  for (const { candidate, problems } of selected.devices) {
    for (const problem of problems)
      sys.terminal.warn(`${candidate.path}: ${problem}: run tm recover to mend it`);
  }
  const document: Discovery = {
    vg: { name: vg.name, id: vg.id, generation: vg.generation },
    devices,
    regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
    missing: { count: Math.max(0, vg.members - devices.length - selected.duplicates.length) },
    duplicates: selected.duplicates.map(({ id, paths }) => ({ id, paths: [...paths] })),
  };
  refuseDuplicates(selected, document);
  return document;
}

export const vgNotFound = ({ vg, vgId }: Pick<FindRequest, "vg" | "vgId">): DvmError =>
  new DvmError("NOT_FOUND", `no device found belongs to a VG ${vg}${vgId ? ` with id ${vgId}` : ""}`);
