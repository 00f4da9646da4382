/**
 * prepare: decides what a change of the metadata means for device-mapper, refuses what would lose data, and
 * does what nobody sees. Everything that is refused is refused before anything is written.
 */

import type { Activation, Discovery, DmDevice, Lv, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { MapView } from "../base/overlay.ts";
import { lvUsers } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import { asLive } from "../volume/as-live.ts";
import { checkMetadata } from "../volume/check.ts";
import { scopesOfVg } from "../volume/identity.ts";
import { requireKnown } from "../volume/known.ts";
import { type Relations, together, wrappedBy } from "../volume/users.ts";
import { changedLvs } from "./changed.ts";
import { desireLv, missingPvs } from "./desire.ts";
import { learnPlaces } from "./learn.ts";
import { type LiveLv, liveLvs } from "./live.ts";
import { lookAtDm, namesOf } from "./look.ts";
import { refuseNotBegun } from "./observe.ts";
import { byDev, type Place, type Places, placesOf, requireSameVg } from "./places.ts";
import { doesNothing, plan, run } from "./programs.ts";
import { prove } from "./prove.ts";
import { flush, proveEndings } from "./prove-endings.ts";
import { refuseBeyond } from "./refuse-beyond.ts";
import { refuseBlocksInUse } from "./refuse-blocks.ts";
import { refuseLostCopies } from "./refuse-copies.ts";
import { refuseDrift } from "./refuse-drift.ts";
import { refuseGone } from "./refuse-gone.ts";
import { refuseGrowthWithoutLegs } from "./refuse-growth.ts";
import { refuseRestacked } from "./refuse-restacked.ts";
import { refuseForeignSectors } from "./refuse-sectors.ts";
import { refuseServed } from "./refuse-served.ts";
import { refuseSoundReplaced } from "./refuse-sound.ts";
import { refuseAbsent, refuseTaken, takenOf } from "./taken.ts";
import { waitsForUsers } from "./users.ts";
import { planWipes, wipe } from "./wipe.ts";

export interface PrepareRequest {
  readonly old: Metadata;
  readonly next: Metadata;
  readonly discovery: Discovery;
  /** False: no dm device may change. */
  readonly activate: boolean;
  /** False: what new LVs' extents hold is wanted, since an earlier state comes back. */
  readonly wipe: boolean;
  readonly dryRun: boolean;
}

/**
 * @returns what is left to do, once the metadata is committed or given up
 * @throws DvmError TABLES_DIFFER, WOULD_LOSE_DATA, IN_USE, BLOCK_SIZE, INCOMPLETE, UNSUPPORTED, BAD_INPUT
 *   before anything is done; IO when wiping fails; PROGRAM_FAILED when what was done is undone; HALF_DONE
 *   when it is not
 */
export async function prepare(sys: Sys, request: PrepareRequest): Promise<Activation> {
  const { discovery, activate, dryRun } = request;
  requireKnown(request.old);
  requireKnown(request.next, request.old);
  requireSame(request.old, request.next, discovery);

  const { state: current, unusable } = await lookAtDm(sys, request.next.vg);
  const old = asLive(request.old, current, discovery);
  const next = asLive(request.next, current, discovery, request.old.lvs);
  const before = checkMetadata(old, "BAD_INPUT");
  const after = checkMetadata(next, "BAD_INPUT");

  const scope = [...new Set([...scopesOfVg(old.vg), ...scopesOfVg(next.vg)])];
  const live = liveLvs(current, next);
  const known = placesOf(next, discovery, byDev(namesOf(current)));
  const places = learnPlaces(old, live, known);
  const changed = changedLvs(old, next);
  refuseBeyond(old, next, discovery);
  refuseServed(old, changed, after, await lvUsers(sys.locks, old.vg.id));
  const taken = takenOf(changed);

  const liveOld =
    live.size === 0
      ? []
      : together(
          old.lvs.filter(({ id }) => live.get(id)?.top),
          before,
        );
  requirePlaces(next.vg, liveOld, places, known);
  const liveBefore = desired(old, liveOld, before, places);
  await refuseDrift(sys, current, liveBefore, scope);
  refuseBlocksInUse(old, next, liveOld);
  refuseTaken(taken, before.usage);
  refuseAbsent(taken, known);
  refuseGone(changed, live, known);
  refuseForeignSectors(next, after.usage, live, places);
  const evidence = { disks: sys.disks, live, places: known.of };
  refuseSoundReplaced(old.vg, changed, evidence);
  await prove(old.vg, refuseLostCopies(changed), evidence);
  const written = await proveEndings(old, next, evidence);
  await refuseNotBegun(old, changed, evidence);
  await refuseGrowthWithoutLegs(old.vg, changed, evidence);

  const liveNext = together(lvsAfter(before.byId, next, live, activate), after);
  requireWhole(liveNext, places, known);
  const devices = desired(next, liveNext, after, places);
  refuseRestacked(old, next, { before: liveBefore, after: devices });
  const {
    prepare: program,
    commit,
    abort,
    summary,
  } = await plan(sys, current, {
    scope,
    devices,
  });
  if (!activate) refuseLiveChange(summary);
  if (unusable && !(doesNothing(program) && doesNothing(commit))) throw unusable;
  const waits = await waitsForUsers(sys, current, program);
  const wipes = planWipes(next.vg, taken, request.wipe, known);
  if (dryRun) return { commit, abort, summary, prepare: program, wipes: [...wipes] };

  await run(sys, waits);
  await flush(sys.disks, written);
  await wipe(sys.disks, wipes);
  await run(sys, program);
  return { commit, abort, summary };
}

function requireSame(old: Metadata, next: Metadata, discovery: Discovery): void {
  requireSameVg(old, discovery);
  requireSameVg(next, discovery);
  if (old.vg.extentSize !== next.vg.extentSize && old.lvs.length > 0)
    throw new DvmError("WOULD_LOSE_DATA", "another extent size would move every LV to where its data is not");
}

/** Those that are live and stay, and those that are new and shall be. */
function lvsAfter(
  before: MapView<Lv>,
  next: Metadata,
  live: ReadonlyMap<string, LiveLv>,
  activate: boolean,
): Lv[] {
  if (live.size === 0 && !activate) return [];
  // What stands in front of an LV that was there comes up with that, or not at all.
  const waits = (lv: Lv) => before.has(wrappedBy(lv) ?? "");
  return next.lvs.filter((lv) =>
    before.has(lv.id) ? live.get(lv.id)?.top : activate && lv.activate && !waits(lv),
  );
}

const desired = (
  { vg }: Metadata,
  lvs: readonly Lv[],
  relations: Relations,
  places: ReadonlyMap<string, Place>,
): DmDevice[] => lvs.flatMap((lv) => desireLv(vg, lv, relations, places, { partial: false }));

/** @throws DvmError INCOMPLETE, naming the LV and what it lacks */
export function requireWhole(lvs: readonly Lv[], places: ReadonlyMap<string, Place>, known: Places): void {
  for (const lv of lvs) {
    const [pv] = missingPvs(lv, places);
    if (pv === undefined) continue;
    throw new DvmError("INCOMPLETE", `LV ${lv.name} needs PV ${pv}, which ${known.whyNot.get(pv)}`, {
      details: { lv: lv.name, pvs: missingPvs(lv, places) },
    });
  }
}

/** A live LV whose tables do not even tell where a missing PV was is not as the metadata has it. */
function requirePlaces(
  vg: Metadata["vg"],
  lvs: readonly Lv[],
  places: ReadonlyMap<string, Place>,
  known: Places,
): void {
  for (const lv of lvs) {
    const [pv] = missingPvs(lv, places);
    if (pv === undefined) continue;
    throw new DvmError(
      "TABLES_DIFFER",
      `LV ${lv.name} is live without PV ${pv}, which ${known.whyNot.get(pv)}: what is live of it cannot be ` +
        `held against the metadata: run dvm deactivate ${vg.name} ${lv.name} first`,
      { details: { lv: lv.name, pvs: missingPvs(lv, places) } },
    );
  }
}

function refuseLiveChange(summary: readonly string[]): void {
  const [first] = summary;
  if (first !== undefined)
    throw new DvmError(
      "IN_USE",
      `device-mapper shall be left alone, but what is live would have to change: ${first}`,
      {
        details: { toBeDone: summary.slice(0, 100) },
      },
    );
}
