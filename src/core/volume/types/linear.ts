/** linear: extents of PVs, one after the other. */
import type { LinearSegment } from "../../../schema/index.ts";
import type { Extents } from "../../base/units.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { linear as target } from "../../dm/targets/linear.ts";
import type { Run } from "../runs.ts";
import { encodeArea, joined } from "../segments.ts";
import { newTracks, type Shape, trackOf } from "../shape.ts";
import { creation, extentsIn, NO_PARTS, rangeOf, type VolumeType } from "./type.ts";

export const linear: VolumeType<LinearSegment> = {
  name: "linear",
  traits: ["plain", "on-pvs", "leg", "origin", "store"],

  runs: (segment) => [runOf(segment)],
  parts: () => NO_PARTS,
  width: () => 1,
  stripeSize: () => null,
  // Where its area would begin if it began at the first extent.
  key: ({ area, start }) => `${area.pv} ${area.start - start}`,

  encode: ({ area }) => `"area":${encodeArea(area)}`,

  creates: [creation({ name: "linear", options: {}, isMeant: () => true, shape: newLinear, example: [] })],
  like: newLinear,
  grow: (segment, { runs }) => ({
    ...newLinear(),
    tracks: [trackOf(runs)],
    build: ([placed]) => joined([segment, ...linearSegments(extentsIn([segment]), placed?.runs)], linear.key),
  }),
  cut: (segment, length) => ({ ...segment, length }),

  table(segment, { extentSize, area }) {
    const range = rangeOf(segment, extentSize);
    const at = area(runOf(segment));
    return [at ? { ...range, type: target.type, params: target.encodeParams(at) } : errorLine(range)];
  },
  learn: ([line]) => (line?.type === target.type ? [target.decodeParams(line.params)] : []),
};

const runOf = ({ area, length }: LinearSegment): Run => ({ pv: area.pv, start: area.start, length });

function newLinear(): Shape {
  return {
    tracks: newTracks(1),
    apart: "rows",
    metaLength: 0,
    width: 1,
    build: ([placed]) => linearSegments(0, placed?.runs),
  };
}

/** Runs one after the other, from logical extent `start` on. */
export function linearSegments(start: Extents, runs: readonly Run[] = []): LinearSegment[] {
  const segments: LinearSegment[] = [];
  let next = start;
  for (const { pv, start: at, length } of runs) {
    segments.push({ type: "linear", start: next, length, area: { pv, start: at } });
    next += length;
  }
  return joined(segments, linear.key);
}
