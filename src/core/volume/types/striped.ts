/** striped: rows of chunks over several PVs, a chunk of each. */
import type { Area, StripedSegment } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import { type Extents, isPowerOfTwo, type Sectors } from "../../base/units.ts";
import { striped as target } from "../../dm/targets/striped.ts";
import { encodeArea, joined } from "../segments.ts";
import { newTracks, type Placed, type Shape, trackOf } from "../shape.ts";
import { LEAST_STRIPE, readStripeSize, stripeOptions } from "./stripe-options.ts";
import { creation, extentsIn, NO_PARTS, rangeOf, type VolumeType } from "./type.ts";

const MAX_STRIPES = 128;

export const striped: VolumeType<StripedSegment> = {
  name: "striped",
  traits: ["on-pvs", "leg", "origin", "store"],

  runs: ({ areas, length }) => areas.map(({ pv, start }) => ({ pv, start, length: length / areas.length })),
  parts: () => NO_PARTS,
  width: ({ areas }) => areas.length,
  stripeSize: ({ stripeSize }) => stripeSize,
  // Where its areas would begin if it began at the first extent, in rows of which it would be so far on.
  key({ areas, stripeSize, start }) {
    const bases = areas.map(({ pv, start: at }) => `${pv} ${at * areas.length - start}`);
    return `${stripeSize} ${start % areas.length} ${bases.join(" ")}`;
  },

  check({ length, areas, stripeSize }, { whose, extentSize, refuse }) {
    if (length % areas.length !== 0)
      refuse(`${whose}: ${length} extents cannot be striped over ${areas.length}`);
    if (!isPowerOfTwo(stripeSize) || stripeSize < LEAST_STRIPE)
      refuse(`${whose}: stripe size ${stripeSize} is no power of two of at least ${LEAST_STRIPE} sectors`);
    if (((length / areas.length) * extentSize) % stripeSize !== 0)
      refuse(`${whose}: its stripes are no multiple of the stripe size`);
  },
  encode: ({ stripeSize, areas }) =>
    `"stripeSize":${stripeSize},"areas":[${areas.map(encodeArea).join(",")}]`,

  creates: [
    creation({
      name: "striped",
      options: stripeOptions,
      isMeant: ({ stripes = 0 }) => stripes > 1,
      shape({ stripes = 0, "stripe-size": stripeSize }, extentSize) {
        if (stripes < 2 || stripes > MAX_STRIPES)
          throw new DvmError("USAGE", `a striped LV needs --stripes of 2 to ${MAX_STRIPES}`);
        return newStriped(stripes, readStripeSize(stripeSize, extentSize));
      },
      example: ["--stripes", "2"],
    }),
  ],
  layout: ({ areas, stripeSize }) => ({ stripes: areas.length, "stripe-size": stripeSize }),
  like: ({ areas, stripeSize }) => newStriped(areas.length, stripeSize),
  grow: (segment) => ({
    ...newStriped(segment.areas.length, segment.stripeSize),
    tracks: striped.runs(segment).map((run) => trackOf([run])),
    build: (placed) =>
      joined([segment, ...stripedSegments(extentsIn([segment]), segment.stripeSize, placed)], striped.key),
  }),
  cut: (segment, length) => ({ ...segment, length }),

  table(segment, { extentSize, area, absent }) {
    const stripes = striped.runs(segment).map((run) => area(run) ?? absent(run.length));
    const params = target.encodeParams({ chunkSize: segment.stripeSize, stripes });
    return [{ ...rangeOf(segment, extentSize), type: target.type, params }];
  },
  learn: ([line]) => (line?.type === target.type ? target.decodeParams(line.params).stripes : []),
};

const newStriped = (stripes: number, stripeSize: Sectors): Shape => ({
  tracks: newTracks(stripes),
  apart: "rows",
  metaLength: 0,
  width: stripes,
  build: (placed) => stripedSegments(0, stripeSize, placed),
});

/**
 * Tracks of equal length side by side, from logical extent `start` on: a segment as far as each stays in one
 * run.
 */
function stripedSegments(start: Extents, stripeSize: Sectors, placed: readonly Placed[]): StripedSegment[] {
  const queues = placed.map(({ runs }) => runs.map((run) => ({ ...run })));
  const segments: StripedSegment[] = [];
  let next = start;
  for (;;) {
    const heads = queues.flatMap(([head]) => (head ? [head] : []));
    if (heads.length < queues.length || heads.length === 0) return joined(segments, striped.key);
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
