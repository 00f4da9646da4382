/** Finds the extents of new legs, and of the raid metadata of an LV that was none. */
import type { Segment } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sectors } from "../base/units.ts";
import { allocate, tryAllocate } from "./allocate.ts";
import { type NewLeg, runsOfLeg } from "./legs.ts";
import { type Lv, lengthOf, type NumberedLeg, runsIn } from "./model.ts";
import type { AllocationBounds } from "./placement.ts";
import { newTracks, type Shape } from "./shape.ts";
import { kindOf, typeOf } from "./types/index.ts";
import { linearSegments } from "./types/linear.ts";
import { raidMetaExtents } from "./types/raid-new.ts";
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
  place: AllocationBounds,
  apartFrom: readonly NewLeg[],
): NewLeg[] {
  const shape = shapeLike(lv, like, workspace.vg.extentSize);
  if (shape.tracks.length === 1) return plainLegs(workspace, lv, shape, count, away(place, apartFrom));
  const legs: NewLeg[] = [];
  while (legs.length < count)
    legs.push(stripedLeg(workspace, lv, shape, away(place, [...apartFrom, ...legs])));
  return legs;
}

/**
 * Takes what a leg needs that is to have the place of another.
 * @param apartFrom the others of its array
 * @throws DvmError NO_SPACE
 */
export function replacementFor(
  { space, vg }: Workspace,
  lv: Lv,
  { number, image }: NumberedLeg,
  place: AllocationBounds,
  apartFrom: readonly NewLeg[],
): NewLeg {
  const request = {
    tracks: newTracks(1),
    apart: "legs" as const,
    metaLength: raidMetaExtents(vg.extentSize),
    length: lengthOf({ segments: image }),
    ...away(place, apartFrom),
  };
  const what = `what takes the place of leg ${number} of LV ${lv.name}`;
  const [placed] = allocate(space, request, what, vg);
  const { runs, meta } = defined(placed, "the new leg");
  return { image: linearSegments(0, runs), meta: linearSegments(0, meta ? [meta] : []) };
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
  place: AllocationBounds,
  apartFrom: readonly NewLeg[],
): Segment[] {
  const { space, vg } = workspace;
  const own = [...new Set(runsIn(image).map(({ pv }) => pv))]
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
    allocate(space, { ...request, policy, pvs }, `the raid metadata of LV ${lv.name}`, vg);
  return linearSegments(0, defined(placed[0], "the metadata").runs);
}

/** The PVs without those of other legs, if the policy promises that. */
function away(place: AllocationBounds, legs: readonly NewLeg[]): AllocationBounds {
  if (place.policy === "anywhere") return place;
  const theirs = new Set(legs.flatMap(runsOfLeg).map(({ pv }) => pv));
  return { ...place, pvs: place.pvs.filter(({ pv }) => !theirs.has(pv)) };
}

/** What to allocate for a copy of the image. @throws DvmError UNSUPPORTED for one of several layouts */
function shapeLike(lv: Lv, image: readonly Segment[], extentSize: Sectors): Shape {
  const first = defined(image[0], "the first segment of an image");
  const type = defined(typeOf(first), `type ${first.type}`);
  const isAlike = (other: Segment): boolean =>
    kindOf(other) === kindOf(first) &&
    type.width(other) === type.width(first) &&
    type.stripeSize(other) === type.stripeSize(first);
  if (image.every(isAlike)) return type.like(first, extentSize);
  throw new DvmError(
    "UNSUPPORTED",
    `LV ${lv.name} has segments of several layouts: it cannot be copied as one`,
  );
}

/** Of images in one track each: all at once, each with its metadata. */
function plainLegs(
  { space, vg }: Workspace,
  lv: Lv,
  shape: Shape,
  count: number,
  place: AllocationBounds,
): NewLeg[] {
  const metaLength = raidMetaExtents(vg.extentSize);
  const length = lengthOf(lv);
  const request = { tracks: newTracks(count), apart: "legs" as const, metaLength, length, ...place };
  const placed = allocate(space, request, `each new copy of LV ${lv.name}`, vg);
  return placed.map(({ runs, meta }) => ({
    image: shape.build([{ runs }]),
    meta: linearSegments(0, [defined(meta, "the leg's metadata")]),
  }));
}

function stripedLeg(workspace: Workspace, lv: Lv, shape: Shape, place: AllocationBounds): NewLeg {
  const { tracks, apart, metaLength, width, build } = shape;
  const request = { tracks, apart, metaLength, length: lengthOf(lv) / width, ...place };
  const placed = allocate(workspace.space, request, `the new copy of LV ${lv.name}`, workspace.vg);
  const image = build(placed);
  return { image, meta: newMeta(workspace, lv, image, place, []) };
}
