/**
 * settle: makes device-mapper agree with the metadata, and brings LVs up or down. Finishes what a crash left.
 */

import type { Discovery, DmDevice, DmState, Lv, Metadata, Settled } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { asLive } from "../volume/as-live.ts";
import { checkMetadata } from "../volume/check.ts";
import { scopesOfLv, scopesOfVg } from "../volume/identity.ts";
import { requireKnownVersion, whyUnknown } from "../volume/known.ts";
import { isKnownLv } from "../volume/model.ts";
import { type Relations, together, type Users, withUsed, wrappedBy, wrappersOf } from "../volume/users.ts";
import { chooseLvs } from "./choose.ts";
import { desireLv, missingOfStale, missingPvs } from "./desire.ts";
import { runsDegraded } from "./desire-foreign.ts";
import { prepareFirstRun } from "./first-run.ts";
import { learnPlaces } from "./learn.ts";
import { type LiveLv, liveLvs } from "./live.ts";
import { lookAtDm, namesOf } from "./look.ts";
import { byDev, type Place, type Places, placesOf, requireSameVg } from "./places.ts";
import { apply, run } from "./programs.ts";
import { refuseForeignSectors } from "./refuse-sectors.ts";
import { type Served, servedLvs } from "./served.ts";
import { straysOf } from "./strays.ts";
import { waitsForUsers } from "./users.ts";

export interface SettleRequest {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Names or ids; none means all of the VG. The devices of others are left alone. */
  readonly lvs: readonly string[];
  /** keep: what is live stays live. */
  readonly direction: "keep" | "activate" | "deactivate";
  /** Bring up what is not whole, read-only, with errors for what is missing. */
  readonly partial: boolean;
  /** Bring up LVs whose stale legs are missing. */
  readonly degraded: boolean;
  readonly dryRun: boolean;
}

/**
 * @returns what was done, for people
 * @throws DvmError NOT_FOUND; IN_USE; INCOMPLETE or UNSUPPORTED with the result, naming the LVs that could
 *   not be brought up or settled, after the others were; PROGRAM_FAILED, HALF_DONE as dmexec
 */
export async function settle(sys: Sys, given: SettleRequest): Promise<Settled> {
  requireKnownVersion(given.metadata);
  requireSameVg(given.metadata, given.discovery);
  refuseWhole(given);
  let current = await look(sys, given.metadata);
  const request = { ...given, metadata: asLive(given.metadata, current, given.discovery) };
  const { metadata, dryRun } = request;
  const relations = checkMetadata(metadata, "BAD_INPUT");
  const { usage, users } = relations;
  const named = chooseLvs(metadata, request.lvs);
  const chosen = request.direction === "deactivate" ? withWrappers(named, users) : together(named, relations);
  const done: Settled = { summary: [], ...(dryRun && { programs: [] }) };

  // What is live of another volume manager's VG and not known is for that to take down.
  const strays = request.lvs.length > 0 || metadata.vg.foreign ? [] : straysOf(metadata, current);
  if (strays.length > 0) {
    // Alone and first: they may lie where others are to go.
    await perform(sys, current, { scope: strays, devices: [] }, done, dryRun);
    if (!dryRun) current = await look(sys, metadata);
  }

  const live = liveLvs(current, metadata);
  const known = placesOf(metadata, request.discovery, byDev(namesOf(current)));
  const places = learnPlaces(metadata, live, known);
  if (request.direction === "deactivate") {
    refuseUsed(chosen, users, live);
    refuseApart(chosen, relations, live);
  }
  const served = await servedLvs(sys, metadata, live);
  const { devices, problems, rising } = goal(request, { chosen, relations, live, places, known, served });
  if (!dryRun && request.direction === "activate") refuseForeignSectors(metadata, usage, live, places);
  if (!dryRun && !metadata.vg.foreign) await prepareFirstRun(sys.disks, metadata.vg, rising, known.of);
  await perform(sys, current, { scope: scopeOf(request, chosen), devices }, done, dryRun);
  refuseProblems(problems, done);
  return done;
}

async function look(sys: Sys, { vg }: Metadata): Promise<DmState> {
  return (await lookAtDm(sys, vg)).state;
}

/** @throws DvmError UNSUPPORTED when another volume manager would bring up nothing of its VG */
function refuseWhole({ metadata: { vg }, direction }: SettleRequest): void {
  const refused = vg.foreign?.refused;
  if (refused !== undefined && direction === "activate")
    throw new DvmError("UNSUPPORTED", `VG ${vg.name} of LVM2 ${refused}`);
}

/** Why dvm keeps its hands off an LV, live or not. */
function whyLeftAlone(lv: Lv): string | undefined {
  if (!lv.foreign) return undefined;
  return lv.foreign.refused ?? (isKnownLv(lv) ? undefined : whyUnknown(lv));
}

function scopeOf({ metadata: { vg }, lvs }: SettleRequest, chosen: readonly Lv[]): string[] {
  if (!vg.foreign && lvs.length === 0) return [...scopesOfVg(vg)];
  return chosen.filter((lv) => whyLeftAlone(lv) === undefined).flatMap((lv) => scopesOfLv(vg, lv));
}

/** What a live LV is built on stays up, unless both go. @throws DvmError IN_USE, naming both */
function refuseUsed(going: readonly Lv[], users: Users, live: ReadonlyMap<string, LiveLv>): void {
  for (const { id, name } of going) {
    const user = users.get(id)?.find((each) => live.get(each.id)?.top && !going.includes(each));
    if (user)
      throw new DvmError(
        "IN_USE",
        `LV ${name} is used by LV ${user.name}, which is live: deactivate that, too`,
        {
          details: { lv: name, user: user.name },
        },
      );
  }
}

/** What stands in front of an LV goes with it. */
const withWrappers = (named: readonly Lv[], users: Users): readonly Lv[] =>
  users.size === 0 ? named : [...new Set(named.flatMap((lv) => [lv, ...wrappersOf(lv, users)]))];

/** But not by itself: the LV would go on without it. @throws DvmError IN_USE, naming both */
function refuseApart(going: readonly Lv[], { byId }: Relations, live: ReadonlyMap<string, LiveLv>): void {
  for (const lv of going) {
    const wrapped = byId.get(wrappedBy(lv) ?? "");
    if (wrapped && live.get(wrapped.id)?.top && live.get(lv.id) && !going.includes(wrapped))
      throw new DvmError(
        "IN_USE",
        `LV ${lv.name} goes down together with LV ${wrapped.name}, which is live: deactivate that`,
        { details: { lv: lv.name, wrapped: wrapped.name } },
      );
  }
}

interface Problem {
  readonly lv: Lv;
  readonly code: "INCOMPLETE" | "UNSUPPORTED" | "IN_USE";
  readonly why: string;
  readonly live: boolean;
}

interface Goal {
  readonly devices: DmDevice[];
  readonly problems: readonly Problem[];
  /** LVs that are not live and shall be. */
  readonly rising: readonly Lv[];
}

/** What there is, and what is known of where it lies. */
interface View {
  readonly chosen: readonly Lv[];
  readonly relations: Relations;
  readonly live: ReadonlyMap<string, LiveLv>;
  /** Those that live tables tell, too. */
  readonly places: ReadonlyMap<string, Place>;
  readonly known: Places;
  readonly served: Served;
}

function goal(request: SettleRequest, view: View): Goal {
  const devices: DmDevice[] = [];
  const problems: Problem[] = [];
  const rising: Lv[] = [];
  if (request.direction === "deactivate") return { devices, problems: stillLive(view), rising };
  const { chosen, relations, live, places, known } = view;
  const { vg } = request.metadata;
  const isAsked = (lv: Lv) => request.direction === "activate" && (lv.activate || request.lvs.length > 0);
  const wanted = new Set(
    together(
      chosen.filter((lv) => live.get(lv.id)?.top || isAsked(lv)),
      relations,
    ),
  );
  for (const lv of chosen) {
    const there = live.get(lv.id);
    const why = whyLeftAlone(lv);
    if (why !== undefined) {
      if (!there?.top && wanted.has(lv)) problems.push({ lv, code: "UNSUPPORTED", why, live: false });
    } else if (there?.top) {
      const problem = problemOf(lv, view, places, request);
      if (!problem) devices.push(...desireLv(vg, lv, relations, places, { partial: false }));
      else {
        // What it stands on cannot be told, so it is left as it is.
        devices.push(...there.devices.filter(({ table }) => table?.length).map(asItIs));
        if (lv.segments.length > 0 && isKnownLv(lv)) problems.push(problem);
      }
    } else if (wanted.has(lv)) {
      const problem = problemOf(lv, view, known.of, request);
      if (problem && !(problem.code === "INCOMPLETE" && request.partial)) problems.push(problem);
      else {
        devices.push(...desireLv(vg, lv, relations, known.of, { partial: request.partial }));
        rising.push(lv);
      }
    }
  }
  return { devices, problems, rising };
}

/** What stays up, since dvm does not know how it goes down. */
const stillLive = ({ chosen, live }: View): Problem[] =>
  chosen.flatMap((lv): Problem[] => {
    const why = whyLeftAlone(lv);
    if (why === undefined || !live.has(lv.id)) return [];
    return [{ lv, code: "UNSUPPORTED", why: `stays up: it ${why}`, live: true }];
  });

/** What keeps the LV from being as it shall be, or one that it is built on. */
function problemOf(
  lv: Lv,
  view: View,
  places: ReadonlyMap<string, Place>,
  request: SettleRequest,
): Problem | undefined {
  const below = withUsed([lv], view.relations.byId);
  for (const each of together([lv], view.relations)) {
    const problem = ownProblem(each, view, places, request);
    if (!problem) continue;
    if (each === lv) return problem;
    const is = below.includes(each) ? "is built on" : "comes up together with";
    return { ...problem, lv, why: `${is} LV ${each.name}, which ${problem.why}` };
  }
  return undefined;
}

function ownProblem(
  lv: Lv,
  { live, known, served }: View,
  places: ReadonlyMap<string, Place>,
  { degraded, partial, metadata: { vg } }: SettleRequest,
): Problem | undefined {
  const isLive = live.get(lv.id)?.top !== undefined;
  const base = { lv, live: isLive };
  if (!isKnownLv(lv)) return { ...base, code: "UNSUPPORTED", why: whyUnknown(lv) };
  const lacks = missingPvs(lv, places);
  const isLacking = lacks.length > 0 && !(lv.foreign && runsDegraded(lv, places));
  if (isLacking) {
    // Partial, as a rule: no command but this one changes it as long as the PV is away.
    const way = isLive
      ? `: it stays as it is until the PV is back, or run dvm deactivate ${vg.name} ${lv.name}`
      : "";
    return { ...base, code: "INCOMPLETE", why: `${describe(lacks, known)}${way}` };
  }
  const by = isLive ? undefined : served.get(lv.id);
  if (by !== undefined) return { ...base, code: "IN_USE", why: `is in use without a kernel by ${by}` };
  const stale = isLive || degraded || partial ? [] : missingOfStale(lv, places);
  if (stale.length > 0)
    return {
      ...base,
      code: "INCOMPLETE",
      why: `${describe(stale, known)}; without it, it runs only degraded`,
    };
  return undefined;
}

const describe = (pvs: readonly string[], { whyNot }: Places): string =>
  pvs.map((pv) => `needs PV ${pv}, which ${whyNot.get(pv)}`).join(", ");

const asItIs = ({ name, uuid, table, readOnly }: DmDevice): DmDevice => ({
  name,
  uuid,
  table,
  ...(readOnly && { readOnly }),
});

async function perform(
  sys: Sys,
  current: DmState,
  desired: DmState,
  done: Settled,
  dryRun: boolean,
): Promise<void> {
  const program = await apply(sys, current, desired);
  const { summary = [] } = program;
  if (summary.length === 0) return;
  await waitsForUsers(sys, current, program);
  done.summary.push(...summary);
  if (dryRun) done.programs?.push(program);
  else await run(sys, program);
}

const MANY = 10;

function refuseProblems(problems: readonly Problem[], output: Settled): void {
  const [first] = problems;
  if (!first) return;
  const each = problems.slice(0, MANY).map(({ lv, why }) => `LV ${lv.name} ${why}`);
  const more = problems.length > MANY ? `; and ${problems.length - MANY} more` : "";
  throw new DvmError(first.code, `${each.join("; ")}${more}`, {
    output,
    details: { lvs: problems.slice(0, 100).map(({ lv }) => lv.name) },
  });
}
