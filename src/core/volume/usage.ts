import type { Lv, Metadata } from "../../schema/index.ts";
import { DvmError, type ErrorCode } from "../base/error.ts";
import type { Extents } from "../base/units.ts";
import { eachRun } from "./model.ts";
import type { Run } from "./runs.ts";

/** Extents [start, end) of one PV that one LV uses. */
export interface Used {
  readonly start: Extents;
  readonly end: Extents;
  readonly lv: Lv;
}

/** What is used of each PV, by PV id, ascending. Every PV has an entry. */
export type Usage = ReadonlyMap<string, readonly Used[]>;

/**
 * Which extents of which PV are in use, in O(n log n).
 * @param code of the errors: what a wrong document means here
 * @throws DvmError when an LV uses a PV that is not there, extents beyond its end, or extents of another
 */
export const usageOf = ({ pvs, lvs }: Metadata, code: ErrorCode): Usage =>
  changedUsage(undefined, new Map(pvs.map(({ id, extents }) => [id, extents])), [], lvs, code);

/**
 * As usageOf, from what was in use before some LVs went and others came.
 * @param before of which nothing is looked at again but the PVs that those LVs are on
 * @param sizes of all PVs by id
 * @throws DvmError as usageOf
 */
export function changedUsage(
  before: Usage = new Map(),
  sizes: ReadonlyMap<string, Extents>,
  gone: readonly Lv[],
  come: readonly Lv[],
  code: ErrorCode,
): Usage {
  const left = new Set(gone);
  const stayOn = (pv: string): Used[] => before.get(pv)?.filter(({ lv }) => !left.has(lv)) ?? [];
  const pvs = new Map<string, Pv>();
  for (const [pv, size] of sizes) pvs.set(pv, { size, used: undefined });
  for (const { segments } of gone)
    eachRun(segments, ({ pv: id }) => {
      const pv = pvs.get(id);
      if (pv) pv.used ??= stayOn(id);
    });
  let lv: Lv;
  // One function for all: of ten thousand LVs, making one each takes longer than the rest.
  const use = ({ pv: id, start, length }: Run): void => {
    const pv = pvs.get(id);
    if (!pv) throw new DvmError(code, `LV ${lv.name} uses PV ${id}, which is not in the VG`);
    const end = start + length;
    if (end > pv.size)
      throw new DvmError(code, `LV ${lv.name} uses extents ${start}..${end} of PV ${id}, beyond its end`);
    pv.used ??= stayOn(id);
    pv.used.push({ start, end, lv });
  };
  come.forEach((each) => {
    lv = each;
    eachRun(lv.segments, use);
  });
  for (const [pv, { used }] of pvs) if (used && !isInOrder(used)) sort(pv, used, code);
  return new Map([...pvs].map(([pv, { used }]) => [pv, used ?? before.get(pv) ?? []]));
}

interface Pv {
  readonly size: Extents;
  /** Undefined as long as it is what it was before. */
  used: Used[] | undefined;
}

/** True when each begins where the one before ends or later: then none overlap, too. */
function isInOrder(used: readonly Used[]): boolean {
  let free = 0;
  return used.every(({ start, end }) => {
    const follows = start >= free;
    free = end;
    return follows;
  });
}

/** @throws DvmError when two overlap */
function sort(pv: string, used: Used[], code: ErrorCode): void {
  used.sort((a, b) => a.start - b.start);
  for (let at = 1; at < used.length; at += 1) {
    const [before, after] = [used[at - 1] as Used, used[at] as Used];
    if (after.start < before.end) {
      const who =
        before.lv === after.lv
          ? `LV ${before.lv.name} uses`
          : `LVs ${before.lv.name} and ${after.lv.name} both use`;
      throw new DvmError(
        code,
        `${who} extent ${after.start} of PV ${pv}${before.lv === after.lv ? " twice" : ""}`,
      );
    }
  }
}

/** The first of the sorted uses of a PV that lies in extents [start, end), in O(log n). */
export function firstUserOf(used: readonly Used[], start: Extents, end: Extents): Used | undefined {
  let low = 0;
  let high = used.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((used[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const found = used[low];
  return found && found.start < end ? found : undefined;
}
