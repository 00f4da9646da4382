/**
 * Extents that a change takes: those that an LV of the new metadata uses in a role they did not have before.
 */
import type { Lv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { copiesOf } from "../volume/roles.ts";
import { outside, type Run } from "../volume/runs.ts";
import { firstUserOf, type Usage } from "../volume/usage.ts";
import type { ChangedLv } from "./changed.ts";
import type { Places } from "./places.ts";

export interface TakenExtents {
  readonly lv: Lv;
  /** It was not there before. */
  readonly isNew: boolean;
  readonly runs: readonly Run[];
}

/** What LVs take. */
export const takenOf = (changed: readonly ChangedLv[]): readonly TakenExtents[] =>
  changed.map(({ lv, was }) => ({
    lv,
    isNew: !was,
    runs: was ? newRuns(was, lv) : allOf(lv).map(({ run }) => run),
  }));

/**
 * Only what was free before may be taken. What another LV has is read and written by it until the commit, and
 * stays its data when the change is undone; what the same LV has elsewhere holds its own data.
 * @param usage of the old metadata
 * @throws DvmError WOULD_LOSE_DATA, naming both LVs
 */
export function refuseTaken(taken: readonly TakenExtents[], usage: Usage): void {
  for (const { lv, runs } of taken) {
    for (const { pv, start, length } of runs) {
      const other = firstUserOf(usage.get(pv) ?? [], start, start + length);
      if (!other) continue;
      const whose = other.lv.id === lv.id ? "it uses for something else" : `LV ${other.lv.name} has`;
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `LV ${lv.name} would get extent ${Math.max(start, other.start)} of PV ${pv}, which ${whose} ` +
          "until now: make it free in a change of its own first",
        { details: { lv: lv.name, pv, extent: Math.max(start, other.start) } },
      );
    }
  }
}

/**
 * What an LV gets must be there, all of its PV: nothing new is put on a device that was cut short, not even
 * on what is left.
 * @throws DvmError INCOMPLETE, naming the LV and the PV
 */
export function refuseAbsent(taken: readonly TakenExtents[], { whyNot }: Places): void {
  if (whyNot.size === 0) return;
  for (const { lv, runs } of taken) {
    const pv = runs.find((run) => whyNot.has(run.pv))?.pv;
    if (pv === undefined) continue;
    throw new DvmError(
      "INCOMPLETE",
      `LV ${lv.name} would get extents of PV ${pv}, which ${whyNot.get(pv)}: name others with --pv, or ` +
        `run manip missing-pv --pv ${pv} first`,
      { details: { lv: lv.name, pv } },
    );
  }
}

interface RoleRun {
  /** It is for each of these: two states that have one in common use the run alike. */
  readonly roles: readonly string[];
  readonly run: Run;
}

/**
 * Every run of the LV with what it is for: content by where its logical extents lie, or a leg's raid
 * metadata.
 */
const allOf = (lv: Lv): readonly RoleRun[] =>
  copiesOf(lv).flatMap(({ pieces, meta, metaRoles }) => [
    ...pieces.flatMap(({ key, runs }) => runs.map((run) => ({ roles: [key], run }))),
    ...meta.map((run) => ({ roles: metaRoles, run })),
  ]);

/** What of the new LV's runs is not in the old one in the same role. */
function newRuns(old: Lv, lv: Lv): Run[] {
  const before = new Map<string, Run[]>();
  for (const { roles, run } of allOf(old))
    for (const role of roles) {
      const key = `${role} on ${run.pv}`;
      before.set(key, [...(before.get(key) ?? []), run]);
    }
  return allOf(lv).flatMap(({ roles, run }) => {
    const had = roles.flatMap((role) => before.get(`${role} on ${run.pv}`) ?? []);
    return outside(run, had);
  });
}
