import { DvmError } from "../base/error.ts";
import type { Extents } from "../base/units.ts";
import type { TextVg } from "./model.ts";

interface UsedRun {
  readonly start: Extents;
  readonly end: Extents;
  readonly lv: string;
}

/**
 * No extent has two users, and each lies on its PV, or within its LV.
 * @throws DvmError CORRUPT, naming the LVs
 */
export function refuseOverlaps({ name, pvs, lvs }: Pick<TextVg, "name" | "pvs" | "lvs">): void {
  const corrupt = (what: string) => new DvmError("CORRUPT", `VG ${name}: ${what}`);
  const used = pvs.map((): UsedRun[] => []);
  const lengths = new Map([...lvs].map(([lv, { segments }]) => [lv, lengthOf(segments)]));
  for (const [lv, { segments }] of lvs)
    for (const { pv, lv: below, start, length } of segments.flatMap(({ areas }) => areas)) {
      const end = start + length;
      const room = pv === undefined ? (lengths.get(below ?? "") ?? 0) : (pvs[pv]?.peCount ?? 0);
      const on = pv === undefined ? `LV ${below}` : `PV ${pvs[pv]?.id}`;
      if (end > room) throw corrupt(`LV ${lv} has extents ${start}..${end} of ${on}, which has ${room}`);
      if (pv !== undefined) used[pv]?.push({ start, end, lv });
    }
  for (const [index, runs] of used.entries()) {
    runs.sort((a, b) => a.start - b.start);
    for (const [at, run] of runs.entries()) {
      const next = runs[at + 1];
      if (next && next.start < run.end)
        throw corrupt(`LVs ${run.lv} and ${next.lv} both have extent ${next.start} of PV ${pvs[index]?.id}`);
    }
  }
}

const lengthOf = (segments: readonly { readonly start: Extents; readonly length: Extents }[]): Extents => {
  const last = segments.at(-1);
  return last ? last.start + last.length : 0;
};
