/** What tend may take of a VG to make things longer: not what is kept free, for new legs or by policy. */
import type { Metadata } from "../../../schema/index.ts";
import type { Extents } from "../../base/units.ts";
import { runsOfLeg } from "../../volume/legs.ts";
import { allRuns, legsOf } from "../../volume/model.ts";
import type { Run } from "../../volume/runs.ts";

export interface RoomToGrow {
  /** Free on PVs that take something new. */
  readonly free: Extents;
  /** How much of that stays free. */
  readonly kept: Extents;
}

export function roomToGrow({ vg, pvs, lvs }: Metadata): RoomToGrow {
  const takes = new Map(pvs.map(({ id, allocatable, extents }) => [id, allocatable ? extents : 0]));
  const used = lvs.flatMap(allRuns).filter(({ pv }) => (takes.get(pv) ?? 0) > 0);
  const all = [...takes.values()].reduce((sum, extents) => sum + extents, 0);
  const { replace, keepFree } = vg.policy ?? {};
  const legs = replace === "free" ? lvs.flatMap(legsOf) : [];
  const largest = legs.reduce((most, leg) => Math.max(most, lengthOf(runsOfLeg(leg))), 0);
  return {
    free: all - lengthOf(used),
    kept: keepFree === undefined ? largest : Math.ceil(keepFree / vg.extentSize),
  };
}

const lengthOf = (runs: readonly Run[]): Extents => runs.reduce((sum, { length }) => sum + length, 0);
