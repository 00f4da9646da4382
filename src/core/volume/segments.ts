/** Segments of runs: cut where a run ends, joined where one goes on where the other stopped. */
import type { Area, LinearSegment, Segment, StripedSegment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import type { Run } from "./model.ts";

/** Runs one after the other, from logical extent `start` on. */
export function linearSegments(start: Extents, runs: readonly Run[]): LinearSegment[] {
  const segments: LinearSegment[] = [];
  let next = start;
  for (const { pv, start: at, length } of runs) {
    segments.push({ type: "linear", start: next, length, area: { pv, start: at } });
    next += length;
  }
  return segments;
}

/** Tracks of equal length side by side, from logical extent `start` on. */
export function stripedSegments(
  start: Extents,
  stripeSize: Sectors,
  tracks: readonly (readonly Run[])[],
): StripedSegment[] {
  const queues = tracks.map((runs) => runs.map((run) => ({ ...run })));
  const segments: StripedSegment[] = [];
  let next = start;
  for (;;) {
    const heads = queues.flatMap(([head]) => (head ? [head] : []));
    if (heads.length < queues.length || heads.length === 0) return segments;
    const rows = Math.min(...heads.map(({ length }) => length));
    const areas = heads.map(({ pv, start: at }): Area => ({ pv, start: at }));
    const length = rows * heads.length;
    segments.push({ type: "striped", start: next, length, stripeSize, areas });
    next += length;
    for (const queue of queues) {
      const [head] = queue;
      if (!head) continue;
      head.start += rows;
      head.length -= rows;
      if (head.length === 0) queue.shift();
    }
  }
}

/** `before` and, behind it, `added`: in one segment where the last area simply goes on. */
export function joined<S extends Segment>(before: readonly S[], added: readonly S[]): S[] {
  const result = [...before];
  for (const segment of added) {
    const last = result.at(-1);
    if (last && goesOn(last, segment))
      result[result.length - 1] = { ...last, length: last.length + segment.length };
    else result.push(segment);
  }
  return result;
}

/** The first `length` extents. Where that cuts stripes, it must be at a whole row. */
export function truncated<S extends Segment>(segments: readonly S[], length: Extents): S[] {
  return segments
    .filter(({ start }) => start < length)
    .map((segment) => ({ ...segment, length: Math.min(segment.length, length - segment.start) }));
}

function goesOn(before: Segment, after: Segment): boolean {
  if (before.type === "linear" && after.type === "linear")
    return follows(before.area, before.length, after.area);
  if (before.type !== "striped" || after.type !== "striped") return false;
  if (before.stripeSize !== after.stripeSize || before.areas.length !== after.areas.length) return false;
  const rows = before.length / before.areas.length;
  return before.areas.every((area, index) => {
    const other = after.areas[index];
    return other !== undefined && follows(area, rows, other);
  });
}

const follows = (area: Area, length: Extents, next: Area): boolean =>
  area.pv === next.pv && area.start + length === next.start;
