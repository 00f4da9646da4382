import type { DiscoverChange, LabelVg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { inParallel } from "../base/in-parallel.ts";
import { checkName, isId } from "../base/name.ts";
import { shellWord } from "../base/shell-word.ts";
import { ownsOf } from "../dm/uuid.ts";
import type { Candidate } from "../port/scanner.ts";
import { namesOf } from "./content.ts";
import { compileFilter } from "./filter.ts";
import { vgNotFound } from "./find.ts";
import { refuseOwnFile } from "./own-files.ts";
import type { LayoutRequest } from "./place.ts";
import type { Saved } from "./saved.ts";
import {
  discoveredDevice,
  findVg,
  hasLabel,
  type Labelled,
  labelledOf,
  refuseDuplicates,
  type Selected,
  selectDevices,
  vgsOf,
} from "./select.ts";
import { compilePlaces, type LabelSys, surveyDevices } from "./survey.ts";
import { checkUnused, isMember, type NewMember, planTarget, type TargetPlan } from "./target.ts";
import { isUsedUnnamed } from "./unnamed.ts";
import { askWipefs } from "./wipefs.ts";
import { unwriteTarget, writeTarget } from "./write-target.ts";

export interface AddRequest {
  /** Name or id. */
  readonly vg: string;
  readonly vgId: string | undefined;
  /** The devices to add, by path. */
  readonly paths: readonly string[];
  readonly layout: LayoutRequest;
  /** How many of the devices, from the first on, get regions; undefined for all. */
  readonly regionsOn: number | undefined;
  readonly isNew: boolean;
  readonly force: boolean;
  /** One for each device, in order; ids are made when there are none. */
  readonly ids: readonly string[];
  /** Only find out what would be labelled and how. */
  readonly dryRun: boolean;
  readonly generation: number | undefined;
  readonly members: number | undefined;
  readonly devices: readonly string[];
}

interface Planned {
  readonly target: NewMember;
  readonly plan: TargetPlan;
}

/** A device that has its label. */
interface Written extends Planned {
  readonly saved: Saved;
}

const AT_ONCE = 48;

/**
 * Labels devices, all or none: everything that can be refused is refused before the first write.
 * @throws DvmError NOT_FOUND, EXISTS, IN_USE, READ_ONLY, SIGNATURE, TOO_SMALL, BAD_REGION, DUPLICATE, IO;
 * HALF_DONE with the devices that may have kept a label
 */
export async function addDevices(sys: LabelSys, request: AddRequest): Promise<DiscoverChange> {
  const { vg, selected } = await chooseVg(sys, request);
  const chosen = await chooseTargets(sys, request, vg, selected);
  await inParallel(chosen, AT_ONCE, (target) => withDevice(sys, target, planTarget));
  // Only now, when each device has answered: other tools have no deadlines.
  const seen = await askWipefs(
    sys,
    chosen.map(({ candidate }) => candidate.path),
  );
  const targets = chosen.map((target) => ({ ...target, seen: seen.get(target.candidate.path) ?? [] }));
  const again = targets.filter(({ seen, force }) => request.dryRun || (seen.length > 0 && !force));
  const planned = await inParallel(again, AT_ONCE, async (target) => ({
    target,
    plan: await withDevice(sys, target, planTarget),
  }));
  if (request.dryRun) return describe(vg, planned);

  const written: Written[] = [];
  try {
    await inParallel(targets, AT_ONCE, (target) =>
      withDevice(sys, target, async (device) => {
        const plan = await planTarget(device, target);
        written.push({ target, plan, saved: await writeTarget(device, plan) });
      }),
    );
  } catch (error) {
    await undo(sys, written, error);
    throw error;
  }
  for (const { candidate } of targets) if (candidate.partitioned) await dropPartitions(sys, candidate.path);
  const planOf = new Map(written.map(({ target, plan }) => [target, plan]));
  return describe(
    vg,
    targets.flatMap((target) => {
      const plan = planOf.get(target);
      return plan ? [{ target, plan }] : [];
    }),
  );
}

/** The OS still has the partitions of a table that was wiped: through them others would write over ours. */
async function dropPartitions(sys: LabelSys, path: string): Promise<void> {
  if (await sys.scanner.rereadPartitions(path)) return;
  sys.terminal.warn(
    `${path}: its partition table is wiped, but the kernel keeps the partitions, of which one may be ` +
      `in use: close it, then run blockdev --rereadpt ${path}`,
  );
}

function describe(vg: LabelVg, planned: readonly Planned[]): DiscoverChange {
  const devices = planned.map(({ target: { candidate }, plan }) => discoveredDevice({ candidate, ...plan }));
  const wiped = planned
    .filter(({ plan }) => plan.found.length > 0)
    .map(({ target, plan }) => ({ path: target.candidate.path, signatures: namesOf(plan.found) }));
  const [device] = devices;
  return { vg, ...(device ? { device } : {}), devices, ...(wiped.length > 0 ? { wiped } : {}) };
}

/** What the new labels will say of the VG, and the devices that it has. */
async function chooseVg(
  sys: LabelSys,
  request: AddRequest,
): Promise<{ vg: LabelVg; selected: Selected | undefined }> {
  const surveyed = await surveyDevices(sys, request.devices);
  const count = request.paths.length;
  if (request.isNew) {
    // A device that may not be used claims the name all the same.
    const all = surveyed.filter(hasLabel);
    const known = vgsOf(all);
    const taken = [...known.values()].find(({ name, id }) => name === request.vg || id === request.vgId);
    if (taken && !(await isWritten(sys, request, all, taken))) {
      throw new DvmError(
        "EXISTS",
        `VG ${taken.name} exists already: ${taken.id}; dvm remove-vg takes it apart, and --force with ` +
          "all of its devices writes over it",
        { details: { name: taken.name, id: taken.id } },
      );
    }
    const { generation = 1, members = count } = request;
    const id = request.vgId ?? sys.chance.id();
    return { vg: { id, name: checkName("VG", request.vg), generation, members }, selected: undefined };
  }
  const labelled = labelledOf(surveyed);
  const found = findVg(vgsOf(labelled), request.vg, request.vgId);
  if (!found) {
    const failure = vgNotFound(request, surveyed);
    if (failure.code !== "NOT_FOUND") throw failure;
    throw new DvmError("NOT_FOUND", `${failure.message}; --new begins one`);
  }
  const selected = selectDevices(labelled, found);
  refuseDuplicates(selected);
  const { generation = found.generation + 1, members = found.members + count } = request;
  return { vg: { ...found, generation, members }, selected };
}

/** Whether every device of a VG that was found is written over by force: then its name is free. */
async function isWritten(
  sys: LabelSys,
  { force, paths }: AddRequest,
  labelled: readonly Labelled[],
  { id }: LabelVg,
): Promise<boolean> {
  if (!force) return false;
  const written = new Set(await Promise.all(paths.map((path) => sys.disks.identity(path))));
  for (const { label, candidate } of labelled)
    if (label.vg.id === id && !written.has(await sys.disks.identity(candidate.path))) return false;
  return true;
}

async function chooseTargets(
  sys: LabelSys,
  request: AddRequest,
  vg: LabelVg,
  selected: Selected | undefined,
): Promise<NewMember[]> {
  const { paths, ids, force, regionsOn = paths.length } = request;
  if (ids.length > 0 && (ids.length !== paths.length || new Set(ids).size !== ids.length))
    throw new DvmError("USAGE", `${paths.length} devices need ${paths.length} different --id`);
  const wrong = ids.find((id) => !isId(id));
  if (wrong !== undefined) throw new DvmError("USAGE", `--id "${wrong}" is no id of 32 hex digits`);
  const twin = selected?.devices.find(({ label }) => ids.includes(label.device.id));
  if (twin) throw new DvmError("EXISTS", `${twin.candidate.path} has the id ${twin.label.device.id} already`);
  const passes = compileFilter(sys.config.discover?.filter ?? []);
  const isNamed = compilePlaces(sys.config.discover?.scan ?? []);
  const identities = new Map<string, string>();
  const targets: NewMember[] = [];
  for (const [index, candidate] of (await sys.scanner.look(paths)).entries()) {
    const { path } = candidate;
    if (!passes(candidate))
      throw new DvmError("BAD_INPUT", `${path}: discover.filter rejects it, so it would not be found again`);
    const member = selected?.devices.find(({ candidate: { path: at } }) => at === path);
    if (member) throw isMember(path, member.label);
    checkUnused(candidate, vg, force);
    if (selected && standsOn(candidate, selected))
      throw new DvmError("IN_USE", `${path}: is an LV of VG ${vg.name} itself`, { details: { path } });
    await refuseOwnFile(sys, path);
    const identity = await sys.disks.identity(path);
    const same = identities.get(identity);
    if (same !== undefined) throw new DvmError("USAGE", `${path} and ${same} are one device`);
    identities.set(identity, path);
    if (!isUsedUnnamed(candidate) && !isNamed(candidate))
      sys.terminal.warn(
        `${path}: is a device-mapper device, which is found only where discover.scan names it`,
      );
    const layout = index < regionsOn ? request.layout : withoutRegions(request.layout);
    targets.push({ candidate, id: ids[index] ?? sys.chance.id(), vg, layout, force, seen: [] });
  }
  return targets;
}

/** An LV that LVM2 made before the VG was dvm's: others of its uuids are built on the VG's devices. */
const standsOn = ({ dmUuid }: Candidate, { devices }: Selected): boolean =>
  ownsOf(dmUuid === undefined ? [] : [dmUuid]).some((scope) =>
    devices.some(({ candidate: { holders } }) => holders.some((each) => each.dmUuid?.startsWith(scope))),
  );

const withoutRegions = ({ data }: LayoutRequest): LayoutRequest => (data ? { data } : {});

/** Opens a device for itself alone while `use` runs. @throws DvmError IN_USE, READ_ONLY, as `use` does */
async function withDevice<T>(
  sys: LabelSys,
  target: NewMember,
  use: (device: Awaited<ReturnType<LabelSys["disks"]["open"]>>, target: NewMember) => Promise<T>,
): Promise<T> {
  const device = await sys.disks.open(target.candidate.path, { write: true, exclusive: true, through: true });
  try {
    return await use(device, target);
  } finally {
    await device.close();
  }
}

/** Takes the labels off again that were written before another device failed. */
async function undo(sys: LabelSys, written: readonly Written[], cause: unknown): Promise<void> {
  const left: string[] = [];
  await inParallel(written, AT_ONCE, async ({ target, saved }) => {
    await withDevice(sys, target, (device) => unwriteTarget(device, saved)).catch(() =>
      left.push(target.candidate.path),
    );
  });
  if (left.length === 0) return;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new DvmError(
    "HALF_DONE",
    `${why}; ${left.join(", ")} kept a label: run dvm discover rm ${written[0]?.target.vg.name} ` +
      `${left.map(shellWord).join(" --with ")}`,
    {
      cause,
      details: { paths: left },
    },
  );
}
