/**
 * Gives a copied set of devices ids and a name of its own, so that it can be used beside the original. Labels
 * only: the regions still hold the original's metadata afterwards. All new ids are derived, so that a crash
 * or a failure in the middle is finished by the same call: a device that has its new label already stays as
 * it is.
 */
import type { DiscoverChange, Label, LabelVg } from "../../schema/index.ts";
import { derivedId } from "../base/derived-id.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { checkName } from "../base/name.ts";
import type { Bytes } from "../base/units.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Candidate } from "../port/scanner.ts";
import { planLabel } from "./plan-label.ts";
import { type LabelState, readLabel } from "./read-label.ts";
import { discoveredDevice, findVg, hasLabel, type Labelled, vgsOf } from "./select.ts";
import { performSteps } from "./steps.ts";
import { type LabelSys, surveyDevices } from "./survey.ts";
import { checkUnused } from "./target.ts";

export interface ImportRequest {
  /** Name or id of the original. */
  readonly vg: string;
  readonly vgId: string | undefined;
  /** Every device of the copy, by path. */
  readonly paths: readonly string[];
  /** The copy's new name; made from the original's when left out. */
  readonly name: string | undefined;
  readonly devices: readonly string[];
}

const AT_ONCE = 48;

interface Copied {
  readonly candidate: Candidate;
  readonly label: Label;
  readonly blockBytes: Bytes;
}

/**
 * @throws DvmError NOT_FOUND when a device is not of that VG, INCOMPLETE when the copy lacks devices,
 *   DUPLICATE
 * when it has one twice, IN_USE, READ_ONLY, EXISTS for a name that is taken; HALF_DONE when some labels were
 * written and others were not: the same call again finishes it
 */
export async function importClone(sys: LabelSys, request: ImportRequest): Promise<DiscoverChange> {
  const copied = await readCopies(sys, request.paths);
  const identities = new Set(await Promise.all(request.paths.map((path) => sys.disks.identity(path))));
  const surveyed = await surveyDevices(sys, request.devices);
  const others: Labelled[] = [];
  for (const each of surveyed.filter(hasLabel)) {
    if (!identities.has(await sys.disks.identity(each.candidate.path))) others.push(each);
  }
  const original = originalOf(request, copied, others);
  const vg = newVg(request, original, copied, others);
  const wanted = copied.map(({ label, ...device }) => ({
    ...device,
    label:
      label.vg.id === vg.id
        ? label
        : { ...label, vg, device: { ...label.device, id: derivedId(vg.id, label.device.id) } },
  }));
  checkWhole(original, wanted);

  const failed: { path: string; reason: string }[] = [];
  await inParallel(wanted, AT_ONCE, ({ candidate, label }) =>
    withLabel(sys, candidate, (device, state) => rewrite(device, state, label)).catch((thrown: unknown) => {
      const error = toDvmError(thrown);
      if (error.code === "BUG") throw error;
      failed.push({ path: candidate.path, reason: error.message });
    }),
  );
  const devices = wanted.map(discoveredDevice);
  if (failed.length === 0) return { vg, devices };
  throw new DvmError(
    "HALF_DONE",
    `${failed.length} of ${wanted.length} labels still say VG ${original.name}: ${failed[0]?.reason}; ` +
      "run it again",
    { details: { failed } },
  );
}

/** Looks at every device before the first is written. */
async function readCopies(sys: LabelSys, paths: readonly string[]): Promise<Copied[]> {
  const known = new Map<string, string>();
  for (const path of paths) {
    const identity = await sys.disks.identity(path);
    const same = known.get(identity);
    if (same !== undefined) throw new DvmError("USAGE", `${path} and ${same} are one device`);
    known.set(identity, path);
  }
  return inParallel(await sys.scanner.look(paths), AT_ONCE, async (candidate) => {
    const { path } = candidate;
    checkUnused(candidate, undefined, true);
    return withLabel(sys, candidate, async ({ logicalBlockSize }, { newest, copies }) => {
      // The copy that cannot be read may be the newer one, and what it says would be lost.
      const unread = copies.find(({ error }) => error?.code === "IO")?.error;
      if (unread) throw unread;
      if (!newest) throw new DvmError("NOT_FOUND", `${path}: has no label`);
      return { candidate, label: newest.label, blockBytes: logicalBlockSize };
    });
  });
}

async function withLabel<T>(
  sys: LabelSys,
  { path }: Candidate,
  use: (device: BlockDevice, state: LabelState) => Promise<T>,
): Promise<T> {
  const device = await sys.disks.open(path, { write: true, exclusive: true, through: true });
  try {
    return await use(device, await readLabel(device));
  } finally {
    await device.close();
  }
}

async function rewrite(device: BlockDevice, state: LabelState, label: Label): Promise<void> {
  const { newest, copies } = state;
  const isWhole = copies.every(({ copy }) => copy?.sequence === newest?.sequence);
  if (isWhole && newest?.label.device.id === label.device.id) return;
  await performSteps(device, planLabel(state, label));
}

/** The VG that was copied: as the copies say, or, where all have their new labels, as its own devices say. */
function originalOf(
  { vg, vgId }: ImportRequest,
  copied: readonly Copied[],
  others: readonly Labelled[],
): LabelVg {
  const vgs = vgsOf(copied);
  const found = findVg(vgs, vg, vgId) ?? findVg(vgsOf(others), vg, vgId);
  if (found) return found;
  const said = [...vgs.values()].map(({ name, id }) => `${name} (${id})`).join(" and ");
  throw new DvmError("NOT_FOUND", `these devices are not of VG ${vg}: their labels say ${said}`);
}

/** The VG that the copy becomes: the first derived one that no device outside the copy has. */
function newVg(
  { name }: ImportRequest,
  original: LabelVg,
  copied: readonly Copied[],
  others: readonly Labelled[],
): LabelVg {
  const ids = new Set(others.map(({ label }) => label.vg.id));
  const names = new Set(others.map(({ label }) => label.vg.name));
  let number = 1;
  while (ids.has(derivedId(original.id, String(number)))) number += 1;
  const id = derivedId(original.id, String(number));
  const begun = copied.find(({ label }) => label.vg.id === id)?.label.vg;
  const stranger = copied.find(({ label }) => label.vg.id !== id && label.vg.id !== original.id);
  if (stranger) {
    const { path } = stranger.candidate;
    throw new DvmError("NOT_FOUND", `${path}: is of VG ${stranger.label.vg.name}, not of ${original.name}`);
  }
  if (begun && name !== undefined && name !== begun.name) {
    throw new DvmError("EXISTS", `some of these devices have become VG ${begun.name} already: use that name`);
  }
  let free = 1;
  while (names.has(`${original.name}-${free}`)) free += 1;
  const chosen = checkName("VG", name ?? begun?.name ?? `${original.name}-${free}`);
  if (names.has(chosen)) throw new DvmError("EXISTS", `VG ${chosen} exists already`);
  return begun ?? { ...original, id, name: chosen };
}

/** @throws DvmError DUPLICATE, INCOMPLETE */
function checkWhole(original: LabelVg, wanted: readonly Copied[]): void {
  const pathOf = new Map<string, string>();
  for (const { candidate, label } of wanted) {
    const same = pathOf.get(label.device.id);
    if (same !== undefined)
      throw new DvmError(
        "DUPLICATE",
        `${same} and ${candidate.path} are copies of one device: name one of them`,
      );
    pathOf.set(label.device.id, candidate.path);
  }
  if (wanted.length < original.members) {
    throw new DvmError(
      "INCOMPLETE",
      `the copy has ${wanted.length} of the ${original.members} devices of VG ${original.name}: name ` +
        "all of them",
    );
  }
}
