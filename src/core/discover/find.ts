import type { Discovery } from "../../schema/index.ts";
import type { DvmError } from "../base/error.ts";
import { notFound } from "./not-found.ts";
import {
  discoveredDevice,
  findVg,
  type Labelled,
  labelledOf,
  refuseDuplicates,
  selectDevices,
  vgsOf,
} from "./select.ts";
import { foreignPaths, type LabelSys, type Surveyed, surveyDevices } from "./survey.ts";

export interface FindRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  readonly devices: readonly string[];
}

/**
 * The discovery document of a VG.
 * @throws DvmError NOT_FOUND, or IO when devices could not be looked at; DUPLICATE when several VGs have the
 *   name, or several devices one id (the
 * document then comes along, without those devices)
 */
export async function findDevices(sys: LabelSys, request: FindRequest): Promise<Discovery> {
  const surveyed = await surveyDevices(sys, request.devices);
  const labelled = labelledOf(surveyed);
  const vg = findVg(vgsOf(labelled), request.vg, request.vgId);
  if (!vg) throw vgNotFound(request, surveyed);
  const selected = selectDevices(labelled, vg);
  const devices = selected.devices.map(discoveredDevice);
  for (const each of selected.devices) {
    const { path } = each.candidate;
    for (const { kind, text } of each.problems)
      sys.terminal.warn(
        kind === "short"
          ? `${path}: ${text}: what lay behind that is out of reach`
          : `${path}: ${text}: run dvm recover ${vg.name} to mend it`,
      );
  }
  const foreign = foreignPaths(surveyed);
  const document: Discovery = {
    vg: { name: vg.name, id: vg.id, generation: vg.generation, ...convertingIn(selected.devices) },
    devices,
    regions: devices.flatMap(({ path, regions }) => regions.map((region) => ({ path, ...region }))),
    missing: { count: Math.max(0, vg.members - devices.length - selected.duplicates.length) },
    duplicates: selected.duplicates.map(({ id, paths }) => ({ id, paths: [...paths] })),
    ...(foreign.length > 0 && { foreign: [...foreign] }),
  };
  refuseDuplicates(selected, document);
  return document;
}

/** Labels of its devices say still that it changes hands. */
function convertingIn(devices: readonly Labelled[]): Pick<Discovery["vg"], "converting"> {
  const [first] = devices.flatMap(({ label: { converting } }) => (converting ? [converting] : []));
  return first ? { converting: first.decider } : {};
}

export const vgNotFound = (
  { vg, vgId }: Pick<FindRequest, "vg" | "vgId">,
  surveyed: readonly Surveyed[],
): DvmError => notFound(`no device found belongs to a VG ${vg}${vgId ? ` with id ${vgId}` : ""}`, surveyed);
