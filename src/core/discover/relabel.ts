import type { DiscoverChange, Discovery } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { checkName } from "../base/name.ts";
import { vgNotFound } from "./find.ts";
import { rewriteLabel } from "./rewrite-label.ts";
import { discoveredDevice, findVg, labelledOf, refuseDuplicates, selectDevices, vgsOf } from "./select.ts";
import { type LabelSys, surveyDevices } from "./survey.ts";

export interface RelabelRequest {
  /** Name or id; of no use with a discovery document, and there without one. */
  readonly vg: string | undefined;
  readonly vgId: string | undefined;
  /** Says which VG, which devices, and where they are. */
  readonly discovery: Discovery | undefined;
  readonly name: string | undefined;
  readonly generation: number | undefined;
  readonly members: number | undefined;
  /** Ids of the devices whose labels are written; none means every device of the VG. */
  readonly only: readonly string[];
  /** The VG has changed hands: its labels stop saying that it does. */
  readonly converted?: boolean;
  readonly devices: readonly string[];
}

const AT_ONCE = 48;

/**
 * Brings name, generation and number of members in the labels of a VG up to date, and mends copies that are
 * damaged, missing or out of date. A label that says all this already is not written. One device's failure
 * does not keep the others from being written.
 * @throws DvmError NOT_FOUND, DUPLICATE, BAD_NAME; with the document, when some labels could not be written,
 *   IO if
 * all labels are as before, else HALF_DONE: each of those reads as before or as wanted, and the same call
 * finishes
 */
export async function relabelDevices(sys: LabelSys, request: RelabelRequest): Promise<DiscoverChange> {
  const { vg: meant, vgId, only, devices: places } = scopeOf(request);
  const surveyed = await surveyDevices(sys, places);
  const labelled = labelledOf(surveyed);
  const found = findVg(vgsOf(labelled), meant, vgId);
  if (!found) throw vgNotFound({ vg: meant, vgId }, surveyed);
  const selected = selectDevices(labelled, found);
  refuseDuplicates(selected);
  const { generation = found.generation, members = found.members } = request;
  const name = request.name === undefined ? found.name : checkName("VG", request.name);
  const vg = { id: found.id, name, generation, members };

  const wanted = only && new Set(only);
  const devices = selected.devices.filter(({ label }) => wanted?.has(label.device.id) ?? true);
  for (const id of wanted ?? []) {
    if (!devices.some(({ label }) => label.device.id === id))
      sys.terminal.warn(`VG ${name}: device ${id} is not there, its label stays as it is`);
  }
  const failed: { path: string; reason: string }[] = [];
  let begun = false;
  const begin = () => {
    begun = true;
  };
  await inParallel(devices, AT_ONCE, async (each) => {
    const { converting, ...plain } = each.label;
    const kept = converting && !request.converted ? { converting } : {};
    await rewriteLabel(sys, each, { ...plain, ...kept, vg }, begin).catch((thrown: unknown) => {
      const error = toDvmError(thrown);
      if (error.code === "BUG") throw error;
      failed.push({ path: each.candidate.path, reason: error.message });
    });
  });
  const broken = new Set(failed.map(({ path }) => path));
  const document: DiscoverChange = {
    vg,
    devices: devices.filter(({ candidate }) => !broken.has(candidate.path)).map(discoveredDevice),
    ...(failed.length > 0 ? { failed } : {}),
  };
  if (failed.length === 0) return document;
  throw new DvmError(
    begun ? "HALF_DONE" : "IO",
    `VG ${name}: ${failed.length} of ${devices.length} labels are not up to date: ${failed[0]?.reason}`,
    { details: { failed }, output: document },
  );
}

/**
 * Which VG and which devices are meant; `only` undefined for all of them. @throws DvmError NOT_FOUND
 */
function scopeOf(request: RelabelRequest) {
  const { discovery, vg, vgId, devices } = request;
  const only = request.only.length > 0 ? request.only : undefined;
  if (!discovery) return { vg: defined(vg, "the VG's name"), vgId, only, devices };
  const { id } = discovery.vg;
  // Without a path the survey would look at every device of the machine.
  if (discovery.devices.length === 0) throw vgNotFound({ vg: id, vgId: undefined }, []);
  const known = discovery.devices.map((device) => device.id);
  return {
    vg: id,
    vgId: id,
    only: only ? known.filter((each) => only.includes(each)) : known,
    devices: discovery.devices.map(({ path }) => path),
  };
}
