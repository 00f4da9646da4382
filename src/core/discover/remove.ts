import type { DiscoverChange, Label, LabelVg } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { isId } from "../base/name.ts";
import type { BlockDevice } from "../port/block.ts";
import type { Candidate } from "../port/scanner.ts";
import { vgNotFound } from "./find.ts";
import type { LabelCopy } from "./label.ts";
import { COPY_OFFSETS } from "./layout.ts";
import { notFound } from "./not-found.ts";
import { planWipe } from "./plan-label.ts";
import { type LabelState, readLabel } from "./read-label.ts";
import { planRestore, saveStretches } from "./saved.ts";
import {
  discoveredDevice,
  findVg,
  type Labelled,
  labelledOf,
  refuseDuplicates,
  selectDevices,
  vgsOf,
} from "./select.ts";
import { performSteps } from "./steps.ts";
import { type LabelSys, type Surveyed, surveyDevices } from "./survey.ts";
import { checkUnused } from "./target.ts";

export interface RemoveRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  /** Paths or ids. A path may be one of several devices with one id: that is how a copy is got rid of. */
  readonly members: readonly string[];
  /** Refuse what would be refused; write nothing. */
  readonly dryRun?: boolean;
  readonly devices: readonly string[];
}

const AT_ONCE = 48;

/**
 * Wipes the labels of devices; their regions and data stay as they are. The older copy of each goes first, so
 * that until the device is out of the VG its label says what it said. What can be refused is refused before
 * the first write; a device that fails then does not keep the others from being done.
 * @throws DvmError NOT_FOUND when the VG has no such device, IN_USE, READ_ONLY, DUPLICATE, IO, USAGE for one
 *   device
 * named twice; CORRUPT when a label says nothing that could be trusted; HALF_DONE when one may be there or
 * not, or some are there still and others are not: the same call without those finishes it
 */
export async function removeDevices(sys: LabelSys, request: RemoveRequest): Promise<DiscoverChange> {
  const surveyed = await surveyDevices(sys, request.devices);
  const labelled = labelledOf(surveyed);
  const named = findVg(vgsOf(labelled), request.vg, request.vgId);
  const candidates = await chooseCandidates(sys, request, surveyed, named);
  for (const candidate of candidates) checkUnused(candidate, undefined, true);
  await refuseTwice(sys, candidates);
  const use = <T>(what: (device: BlockDevice, found: Found) => Promise<T>) =>
    inParallel(candidates, AT_ONCE, (candidate, index) =>
      withLabel(sys, candidate, request, named, defined(request.members[index], "its name"), what),
    );
  const looked = await use(async ({ logicalBlockSize }, { newest: { label } }) => ({
    label,
    blockBytes: logicalBlockSize,
  }));
  if (request.dryRun) return describe(candidates, looked);

  const failures: { readonly path: string; readonly error: DvmError }[] = [];
  const done = await use((device, found) =>
    wipe(device, found)
      .catch((thrown: unknown) => {
        failures.push({ path: device.path, error: toDvmError(thrown) });
        return found.newest.label;
      })
      .then((label) => ({ label, blockBytes: device.logicalBlockSize })),
  );
  const [failure] = failures;
  if (failure) throw candidates.length === 1 ? failure.error : notAll(failures, candidates.length);
  return describe(candidates, done);
}

function describe(
  candidates: readonly Candidate[],
  looked: readonly Pick<Labelled, "label" | "blockBytes">[],
): DiscoverChange {
  const devices = candidates.map((candidate, index) =>
    discoveredDevice({ candidate, ...defined(looked[index], "its label") }),
  );
  const [device] = devices;
  return { vg: defined(looked[0], "a label").label.vg, ...(device ? { device } : {}), devices };
}

/** @throws DvmError NOT_FOUND, DUPLICATE */
async function chooseCandidates(
  sys: LabelSys,
  request: RemoveRequest,
  surveyed: readonly Surveyed[],
  named: LabelVg | undefined,
): Promise<readonly Candidate[]> {
  const paths = request.members.filter((member) => !isId(member));
  const looked = await sys.scanner.look(paths);
  const byName = new Map(paths.map((path, index) => [path, looked[index]]));
  if (paths.length < request.members.length) {
    if (!named) throw vgNotFound(request, surveyed);
    const selected = selectDevices(labelledOf(surveyed), named);
    const twins = selected.duplicates.filter(({ id }) => request.members.includes(id));
    refuseDuplicates({ ...selected, duplicates: twins });
    for (const { label, candidate } of selected.devices) byName.set(label.device.id, candidate);
  }
  return request.members.map((member) => {
    const candidate = byName.get(member);
    if (!candidate) throw notInVg(request, member, "no device found has that id", surveyed);
    return candidate;
  });
}

async function refuseTwice(sys: LabelSys, candidates: readonly Candidate[]): Promise<void> {
  const identities = new Map<string, string>();
  for (const { path } of candidates) {
    const identity = await sys.disks.identity(path);
    const same = identities.get(identity);
    if (same !== undefined) throw new DvmError("USAGE", `${path} and ${same} are one device`);
    identities.set(identity, path);
  }
}

interface Found extends LabelState {
  readonly newest: LabelCopy;
}

/** Runs `use` on a device that has a label of the VG. @throws DvmError NOT_FOUND when it has none */
async function withLabel<T>(
  sys: LabelSys,
  candidate: Candidate,
  request: RemoveRequest,
  named: LabelVg | undefined,
  member: string,
  use: (device: BlockDevice, found: Found) => Promise<T>,
): Promise<T> {
  const device = await sys.disks.open(candidate.path, { write: true, exclusive: true });
  try {
    const state = await readLabel(device);
    const { newest } = state;
    if (!newest) throw notInVg(request, member, "it has no label");
    const { vg } = newest.label;
    const isMeant =
      vg.id === (named?.id ?? request.vg) ||
      (named === undefined && vg.name === request.vg && (request.vgId ?? vg.id) === vg.id);
    if (!isMeant) throw notInVg(request, member, `its label says VG ${vg.name}, ${vg.id}`);
    return await use(device, { ...state, newest });
  } finally {
    await device.close();
  }
}

/**
 * @returns what the label said. @throws DvmError as the device failed, the label being as before; HALF_DONE
 */
async function wipe(device: BlockDevice, found: Found): Promise<Label> {
  const blocks = COPY_OFFSETS.map((offset) => ({ offset, length: device.logicalBlockSize }));
  const saved = await saveStretches(device, blocks);
  try {
    await performSteps(device, planWipe(found, device.logicalBlockSize));
    return found.newest.label;
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    const isBack = await performSteps(device, planRestore(saved)).then(
      () => true,
      () => false,
    );
    throw new DvmError(
      isBack ? code : "HALF_DONE",
      `${message}; ${isBack ? "its label is as before" : "its label may be there or not"}`,
      { cause: thrown, details: { path: device.path } },
    );
  }
}

function notAll(
  failures: readonly { readonly path: string; readonly error: DvmError }[],
  count: number,
): DvmError {
  const [{ error }] = failures as [(typeof failures)[number]];
  const failed = failures.map(({ path, error: { message } }) => ({ path, reason: message }));
  const none = failures.length === count && failures.every(({ error: { code } }) => code !== "HALF_DONE");
  return new DvmError(
    none ? error.code : "HALF_DONE",
    `${none ? "no label was wiped" : `${failures.length} of ${count} labels could not be wiped`}: ` +
      `${error.message}`,
    { cause: error, details: { failed } },
  );
}

const notInVg = (
  { vg }: RemoveRequest,
  member: string,
  why: string,
  surveyed: readonly Surveyed[] = [],
): DvmError => notFound(`VG ${vg} has no device ${member}: ${why}`, surveyed);
