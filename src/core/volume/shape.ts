/** How an LV is built of parallel tracks: what to allocate for it, and its segments from what was found. */
import type { Leg, Lv, Raid1Segment, Segment } from "../../schema/index.ts";
import { assert, defined } from "../base/assert.ts";
import type { Extents, Sectors } from "../base/units.ts";
import type { AllocationRequest, Placed, Track } from "./allocation.ts";
import { fittingRegionSize, lengthOf, raidMetaExtents, runsOf } from "./model.ts";
import { joined, linearSegments, stripedSegments } from "./segments.ts";

export interface Shape {
  readonly tracks: readonly Track[];
  readonly apart: AllocationRequest["apart"];
  readonly metaLength: Extents;
  /** Logical extents per extent of a track: the number of stripes, else 1. */
  readonly width: number;
  /** The segments of the whole LV, once its tracks have got what they needed. */
  readonly build: (placed: readonly Placed[]) => Segment[];
}

const fresh = (count: number): Track[] => Array.from({ length: count }, () => ({ pvs: [] }));

export const newLinear = (): Shape => ({
  tracks: fresh(1),
  apart: "rows",
  metaLength: 0,
  width: 1,
  build: ([placed]) => joined([], linearSegments(0, placed?.runs ?? [])),
});

export const newStriped = (stripes: number, stripeSize: Sectors): Shape => ({
  tracks: fresh(stripes),
  apart: "rows",
  metaLength: 0,
  width: stripes,
  build: (placed) =>
    joined(
      [],
      stripedSegments(
        0,
        stripeSize,
        placed.map(({ runs }) => runs),
      ),
    ),
});

/**
 * All legs of a new raid1 are current: the kernel makes them equal by itself, reading only the first until then.
 * @param regionSize the wanted one; it is fitted to the length
 */
export const newRaid1 = (legs: number, regionSize: Sectors, extentSize: Sectors): Shape => ({
  tracks: fresh(legs),
  apart: "legs",
  metaLength: raidMetaExtents(extentSize),
  width: 1,
  build(placed) {
    const built = placed.map(({ runs, meta }): Leg => {
      assert(meta, "a leg has no metadata");
      return {
        state: "current",
        image: joined([], linearSegments(0, runs)),
        meta: linearSegments(0, [meta]),
      };
    });
    return [raid1Of(built, regionSize, extentSize)];
  },
});

/** The shape of what is added to an LV: of its last segment's type. */
export function shapeOf(lv: Lv, extentSize: Sectors): Shape {
  const last = defined(lv.segments.at(-1), `the last segment of LV ${lv.name}`);
  const length = lengthOf(lv);
  switch (last.type) {
    case "linear":
      return {
        tracks: [trackOf(lv.segments)],
        apart: "rows",
        metaLength: 0,
        width: 1,
        build: ([placed]) => joined(lv.segments, linearSegments(length, placed?.runs ?? [])),
      };
    case "striped": {
      const tracks = runsOf(last).map(({ pv, start, length }) => ({
        end: { pv, start: start + length },
        pvs: [pv],
      }));
      return {
        tracks,
        apart: "rows",
        metaLength: 0,
        width: tracks.length,
        build: (placed) =>
          joined(
            lv.segments,
            stripedSegments(
              length,
              last.stripeSize,
              placed.map(({ runs }) => runs),
            ),
          ),
      };
    }
    case "raid1":
      return {
        tracks: last.legs.map(({ image }) => trackOf(image)),
        apart: "legs",
        metaLength: 0,
        width: 1,
        build: (placed) => [
          raid1Of(
            last.legs.map((leg, index) => ({
              ...leg,
              image: joined(leg.image, linearSegments(length, placed[index]?.runs ?? [])),
            })),
            last.regionSize,
            extentSize,
          ),
        ],
      };
  }
}

/** A raid1 segment of legs of equal length, its region size fitted to them. */
export function raid1Of(legs: Leg[], regionSize: Sectors, extentSize: Sectors): Raid1Segment {
  const length = lengthOf({ layer: "", segments: defined(legs[0], "the first leg").image });
  return {
    type: "raid1",
    start: 0,
    length,
    regionSize: fittingRegionSize(regionSize, length * extentSize),
    legs,
  };
}

function trackOf(segments: readonly Segment[]): Track {
  const runs = segments.flatMap(runsOf).reverse();
  const [last] = runs;
  return {
    ...(last && { end: { pv: last.pv, start: last.start + last.length } }),
    pvs: [...new Set(runs.map(({ pv }) => pv))],
  };
}
