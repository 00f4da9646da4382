import type { Lv, Metadata } from "../../schema/index.ts";
import { DvmError, type ErrorCode } from "../base/error.ts";
import type { Extents } from "../base/units.ts";
import { eachRun } from "./model.ts";

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
export function usageOf(metadata: Metadata, code: ErrorCode): Usage {
  const usage = new Map<string, Used[]>();
  const sizes = new Map<string, Extents>();
  for (const { id, extents } of metadata.pvs) {
    usage.set(id, []);
    sizes.set(id, extents);
  }
  for (const lv of metadata.lvs) {
    eachRun(lv.segments, (pv, start, length) => {
      const used = usage.get(pv);
      if (!used) throw new DvmError(code, `LV ${lv.name} uses PV ${pv}, which is not in the VG`);
      const end = start + length;
      if (end > (sizes.get(pv) ?? 0))
        throw new DvmError(code, `LV ${lv.name} uses extents ${start}..${end} of PV ${pv}, beyond its end`);
      used.push({ start, end, lv });
    });
  }
  for (const [pv, used] of usage) {
    if (sort(used)) refuseOverlap(pv, used, code);
  }
  return usage;
}

/** @returns false when there is nothing to compare */
function sort(used: Used[]): boolean {
  let last = 0;
  for (const { start } of used) {
    if (start < last) {
      used.sort((a, b) => a.start - b.start);
      break;
    }
    last = start;
  }
  return used.length > 1;
}

function refuseOverlap(pv: string, used: readonly Used[], code: ErrorCode): void {
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
