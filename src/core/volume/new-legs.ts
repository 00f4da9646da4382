/** Finds the extents of new legs, and of the raid metadata of an LV that was none. */
import type { Segment } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import { allocate, tryAllocate } from "./allocate.ts";
import { type NewLeg, runsOfLeg } from "./legs.ts";
import { type Lv, lengthOf, raidMetaExtents, runsOf } from "./model.ts";
import type { Place } from "./placement.ts";
import { joined, linearSegments } from "./segments.ts";
import { newRaid1, newStriped } from "./shape.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Takes what legs for all of the LV need, apart from the other legs, unless the policy is anywhere.
 * @param like an image whose layout they shall have
 * @param apartFrom legs that stay beside them
 * @throws DvmError NO_SPACE; UNSUPPORTED for an image of several layouts
 */
export function newLegs(
  workspace: Workspace,
  lv: Lv,
  { count, like }: { readonly count: number; readonly like: readonly Segment[] },
  place: Place,
  apartFrom: readonly NewLeg[],
): NewLeg[] {
  const stripes = stripesOf(lv, like);
  if (!stripes) return linearLegs(workspace, lv, count, away(place, apartFrom));
  const legs: NewLeg[] = [];
  while (legs.length < count)
    legs.push(stripedLeg(workspace, lv, stripes, away(place, [...apartFrom, ...legs])));
  return legs;
}

/**
 * Takes the raid metadata for a leg that has only an image: on the image's own PVs if there is room.
 * @param apartFrom legs whose PVs it must not be on, unless the policy is anywhere
 * @throws DvmError NO_SPACE
 */
export function newMeta(
  workspace: Workspace,
  lv: Lv,
  image: readonly Segment[],
  place: Place,
  apartFrom: readonly NewLeg[],
): Segment[] {
  const { space, vg } = workspace;
  const own = [...new Set(image.flatMap(runsOf).map(({ pv }) => pv))]
    .filter((pv) => workspace.pvs.get(pv)?.allocatable)
    .map((pv) => space.of(pv));
  const { pvs, policy, ...blocks } = away(place, apartFrom);
  const request = {
    ...blocks,
    tracks: [{ pvs: [] }],
    length: raidMetaExtents(vg.extentSize),
    metaLength: 0,
    apart: "legs" as const,
  };
  const placed =
    tryAllocate(space, { ...request, policy: "contiguous", pvs: own }) ??
    tryAllocate(space, { ...request, policy: "contiguous", pvs }) ??
    allocate(space, { ...request, policy, pvs }, `the raid metadata of LV ${lv.name}`, vg.extentSize);
  return linearSegments(0, defined(placed[0], "the metadata").runs);
}

/** The PVs without those of other legs, if the policy promises that. */
function away(place: Place, legs: readonly NewLeg[]): Place {
  if (place.policy === "anywhere") return place;
  const theirs = new Set(legs.flatMap(runsOfLeg).map(({ pv }) => pv));
  return { ...place, pvs: place.pvs.filter(({ pv }) => !theirs.has(pv)) };
}

interface Stripes {
  readonly count: number;
  readonly size: number;
}

/** How the image is striped; undefined when it is linear. */
function stripesOf({ name }: Lv, image: readonly Segment[]): Stripes | undefined {
  const [first] = image;
  if (first?.type === "striped") {
    const stripes = { count: first.areas.length, size: first.stripeSize };
    const same = (segment: Segment): boolean =>
      segment.type === "striped" &&
      segment.areas.length === stripes.count &&
      segment.stripeSize === stripes.size;
    if (image.every(same)) return stripes;
  } else if (image.every(({ type }) => type === "linear")) return undefined;
  throw new DvmError("UNSUPPORTED", `LV ${name} has segments of several layouts: it cannot be copied as one`);
}

function linearLegs({ space, vg }: Workspace, lv: Lv, count: number, place: Place): NewLeg[] {
  const { tracks, apart, metaLength } = newRaid1(count, 8, vg.extentSize);
  const request = { tracks, apart, metaLength, length: lengthOf(lv), ...place };
  const placed = allocate(space, request, `each new copy of LV ${lv.name}`, vg.extentSize);
  return placed.map(({ runs, meta }) => ({
    image: joined([], linearSegments(0, runs)),
    meta: linearSegments(0, [defined(meta, "the leg's metadata")]),
  }));
}

function stripedLeg(workspace: Workspace, lv: Lv, { count, size }: Stripes, place: Place): NewLeg {
  const { tracks, apart, metaLength, build } = newStriped(count, size);
  const request = { tracks, apart, metaLength, length: lengthOf(lv) / count, ...place };
  const placed = allocate(workspace.space, request, `the new copy of LV ${lv.name}`, workspace.vg.extentSize);
  const image = build(placed);
  return { image, meta: newMeta(workspace, lv, image, place, []) };
}
