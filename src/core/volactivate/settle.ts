/** settle: makes device-mapper agree with the metadata, and brings LVs up or down. Finishes what a crash left. */

import type { Discovery, DmDevice, DmState, Lv, Metadata, Settled } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { uuidScope } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { checkMetadata } from "../volume/check.ts";
import { requireKnownVersion } from "../volume/known.ts";
import { isKnownLv } from "../volume/model.ts";
import { chooseLvs } from "./choose.ts";
import { desireLv, missingOfStale, missingPvs } from "./desire.ts";
import { learnPlaces } from "./learn.ts";
import { type LiveLv, liveLvs } from "./live.ts";
import { lookAtDm, namesOf } from "./look.ts";
import { byDev, type Place, type Places, placesOf, requireSameVg } from "./places.ts";
import { apply, run } from "./programs.ts";
import { refuseForeignSectors } from "./refuse-sectors.ts";
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
 * @throws DvmError NOT_FOUND; IN_USE; INCOMPLETE or UNSUPPORTED with the result, naming the LVs that could not be
 *   brought up or settled, after the others were; PROGRAM_FAILED, HALF_DONE as dmexec
 */
export async function settle(sys: Sys, request: SettleRequest): Promise<Settled> {
  const { metadata, dryRun } = request;
  requireKnownVersion(metadata);
  requireSameVg(metadata, request.discovery);
  const { usage } = checkMetadata(metadata, "BAD_INPUT");
  const chosen = chooseLvs(metadata, request.lvs);
  const done: Settled = { summary: [], ...(dryRun && { programs: [] }) };

  let current = await look(sys, metadata);
  const strays = request.lvs.length > 0 ? [] : straysOf(metadata, current);
  if (strays.length > 0) {
    // Alone and first: they may lie where others are to go.
    await perform(sys, current, { scope: strays, devices: [] }, done, dryRun);
    if (!dryRun) current = await look(sys, metadata);
  }

  const live = liveLvs(current, metadata.vg.id);
  const known = placesOf(metadata, request.discovery, byDev(namesOf(current)));
  const places = learnPlaces(metadata, live, known);
  const { devices, problems } = goal(request, chosen, live, places, known);
  if (!dryRun && request.direction === "activate") refuseForeignSectors(metadata, usage, live, places);
  await perform(sys, current, { scope: scopeOf(request, chosen), devices }, done, dryRun);
  refuseProblems(problems, done);
  return done;
}

async function look(sys: Sys, { vg }: Metadata): Promise<DmState> {
  return (await lookAtDm(sys, vg.id)).state;
}

/** uuids of devices whose LV the metadata does not have, as a scope. */
function straysOf({ vg, lvs }: Metadata, current: DmState): string[] {
  const known = new Set(lvs.map(({ id }) => id));
  return [...liveLvs(current, vg.id).keys()].filter((id) => !known.has(id)).map((id) => uuidScope(vg.id, id));
}

const scopeOf = ({ metadata: { vg }, lvs }: SettleRequest, chosen: readonly Lv[]): string[] =>
  lvs.length === 0 ? [uuidScope(vg.id)] : chosen.map(({ id }) => uuidScope(vg.id, id));

interface Problem {
  readonly lv: Lv;
  readonly code: "INCOMPLETE" | "UNSUPPORTED";
  readonly why: string;
  readonly live: boolean;
}

interface Goal {
  readonly devices: DmDevice[];
  readonly problems: readonly Problem[];
}

function goal(
  request: SettleRequest,
  chosen: readonly Lv[],
  live: ReadonlyMap<string, LiveLv>,
  places: ReadonlyMap<string, Place>,
  known: Places,
): Goal {
  const devices: DmDevice[] = [];
  const problems: Problem[] = [];
  if (request.direction === "deactivate") return { devices, problems };
  const { vg } = request.metadata;
  for (const lv of chosen) {
    const there = live.get(lv.id);
    if (there?.top) {
      const problem = problemOf(lv, places, known, request, true);
      if (!problem) devices.push(...desireLv(vg, lv, places, { partial: false }));
      else {
        // What it stands on cannot be told, so it is left as it is.
        devices.push(...there.devices.filter(({ table }) => table?.length).map(asItIs));
        if (lv.segments.length > 0 && isKnownLv(lv)) problems.push(problem);
      }
    } else if (request.direction === "activate" && (lv.activate || request.lvs.length > 0)) {
      const problem = problemOf(lv, known.of, known, request, false);
      if (!problem || (problem.code === "INCOMPLETE" && request.partial))
        devices.push(...desireLv(vg, lv, known.of, { partial: request.partial }));
      if (problem && !(problem.code === "INCOMPLETE" && request.partial)) problems.push(problem);
    }
  }
  return { devices, problems };
}

function problemOf(
  lv: Lv,
  places: ReadonlyMap<string, Place>,
  known: Places,
  { degraded, partial }: SettleRequest,
  isLive: boolean,
): Problem | undefined {
  const base = { lv, live: isLive };
  if (!isKnownLv(lv)) return { ...base, code: "UNSUPPORTED", why: "has segments that a newer dvm made" };
  const lacks = missingPvs(lv, places);
  if (lacks.length > 0) return { ...base, code: "INCOMPLETE", why: describe(lacks, known) };
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
