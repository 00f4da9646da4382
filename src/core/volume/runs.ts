/** Sets of extents, as runs. */
import type { Extents } from "../base/units.ts";

/** Extents of a PV, without a gap. */
export interface Run {
  readonly pv: string;
  readonly start: Extents;
  readonly length: Extents;
}

/** What of a run is in none of the others; `others` in any order. What else the run has goes along. */
export function outside<R extends Run>(run: R, others: readonly Run[]): R[] {
  let rest: R[] = [run];
  for (const other of others) {
    if (other.pv !== run.pv) continue;
    rest = rest.flatMap((each) => {
      if (!overlap(each, other)) return [each];
      return [cut(each, each.start, other.start), cut(each, endOf(other), endOf(each))].filter(
        ({ length }) => length > 0,
      );
    });
  }
  return rest;
}

/** What of a run is in the others, which do not overlap each other. */
export const inside = <R extends Run>(run: R, others: readonly Run[]): R[] =>
  others
    .filter((other) => overlap(run, other))
    .map((other) => cut(run, Math.max(run.start, other.start), Math.min(endOf(run), endOf(other))));

/** Those that go on where another stopped are joined; in order of PV and start. */
export function joinedRuns(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const { pv, start, length } of [...runs].sort(byPlace)) {
    const last = joined.at(-1);
    if (last?.pv === pv && endOf(last) === start)
      joined[joined.length - 1] = { ...last, length: last.length + length };
    else joined.push({ pv, start, length });
  }
  return joined;
}

export const endOf = ({ start, length }: Pick<Run, "start" | "length">): Extents => start + length;

const byPlace = (a: Run, b: Run): number => (a.pv === b.pv ? a.start - b.start : a.pv < b.pv ? -1 : 1);

const overlap = (a: Run, b: Run): boolean => a.pv === b.pv && a.start < endOf(b) && b.start < endOf(a);

const cut = <R extends Run>(run: R, start: Extents, end: Extents): R => ({
  ...run,
  start,
  length: Math.max(0, end - start),
});
