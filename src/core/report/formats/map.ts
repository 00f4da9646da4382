/** The extents of each PV: a bar of them, and what each run holds. */

import { printable } from "../../base/printable.ts";
import { formatSize } from "../../base/units.ts";
import type { ReportSubject, Row } from "../column.ts";
import { legWord } from "../condition.ts";
import { deviceName, type Facts, type Use } from "../facts.ts";
import { pvState } from "../rows/pv.ts";
import { useName } from "./use-words.ts";

/** Characters of the bar of the largest PV. */
const WIDTH = 64;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const FREE = ".";
/** For LVs beyond the letters, and for those that were not selected. */
const OTHER = "#";

/**
 * Draws PVs: those that are rows, or all with only the LVs that are rows. Of segments and dm there is none.
 */
export const formatMap: Readonly<
  Record<Extract<ReportSubject, "vg" | "lv" | "pv">, (rows: readonly Row[], facts: Facts) => string>
> = {
  vg: (_rows, facts) => drawPvs([...facts.pvs.keys()], [...facts.lvs.keys()], facts),
  lv: (rows, facts) => drawPvs([...facts.pvs.keys()], rows.map(idOf), facts),
  pv: (rows, facts) => drawPvs(rows.map(idOf), [...facts.lvs.keys()], facts),
};

const idOf = (row: Row): string => String(row["id"]);

function drawPvs(pvs: readonly string[], lvs: readonly string[], facts: Facts): string {
  const letterOf = new Map(lvs.map((id, index) => [id, LETTERS[index] ?? OTHER]));
  const known = pvs.flatMap((id) => facts.pvs.get(id) ?? []);
  const largest = known.reduce((most, { extents }) => Math.max(most, extents), 0);
  return known
    .map(({ id, extents }) => {
      const uses = facts.uses.get(id) ?? [];
      const used = uses.reduce((sum, { length }) => sum + length, 0);
      const state = pvState(facts, id);
      const extentSize = formatSize(facts.metadata.vg.extentSize);
      const head =
        `${printable(deviceName(facts, id))}: ${extents} extents of ${extentSize}, ` +
        `${extents - used} free${state === null || state === "present" ? "" : `, ${state}`}`;
      const cells = Math.min(
        extents,
        Math.max(1, Math.round((extents / largest) * Math.min(WIDTH, largest))),
      );
      const bar = drawBar(uses, extents, cells, letterOf);
      return `${head}\n  [${bar}]\n${listRuns(facts, uses, extents, letterOf)}`;
    })
    .join("\n");
}

/** Each cell shows what holds most of its extents. */
function drawBar(
  uses: readonly Use[],
  extents: number,
  cells: number,
  letterOf: ReadonlyMap<string, string>,
): string {
  let bar = "";
  let next = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const begin = (cell * extents) / cells;
    const end = ((cell + 1) * extents) / cells;
    const shares = new Map<string, number>();
    let taken = 0;
    while ((uses[next]?.start ?? end) + (uses[next]?.length ?? 0) <= begin) next += 1;
    for (let at = next; (uses[at]?.start ?? end) < end; at += 1) {
      const use = uses[at];
      if (!use) break;
      const share = Math.min(end, use.start + use.length) - Math.max(begin, use.start);
      const letter = letterOf.get(use.lv.id) ?? OTHER;
      shares.set(letter, (shares.get(letter) ?? 0) + share);
      taken += share;
    }
    shares.set(FREE, end - begin - taken);
    bar += [...shares].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
  }
  return bar;
}

function listRuns(
  facts: Facts,
  uses: readonly Use[],
  extents: number,
  letterOf: ReadonlyMap<string, string>,
): string {
  const runs: { begin: number; end: number; letter: string; what: string }[] = [];
  let at = 0;
  const free = (end: number) => {
    if (end > at) runs.push({ begin: at, end, letter: FREE, what: "free" });
  };
  for (const use of uses) {
    const { lv, area, start, length } = use;
    free(start);
    const letter = letterOf.get(lv.id);
    const what = [useName(use), legWord(facts, lv, area.component)].filter((word) => word !== "").join(", ");
    runs.push({ begin: start, end: start + length, letter: letter ?? OTHER, what });
    at = start + length;
  }
  free(extents);
  const width = String(extents).length;
  return runs
    .map(({ begin, end, letter, what }) => {
      const range = `${String(begin).padStart(width)}-${String(end - 1).padEnd(width)}`;
      return `  ${letter} ${range}  ${what}\n`;
    })
    .join("");
}
