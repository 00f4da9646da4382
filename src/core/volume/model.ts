/**
 * What the metadata of a VG says, seen as components and the extents that they use. Lengths are in extents.
 */
import type { Area, Leg, Lv, Metadata, Segment } from "../../schema/index.ts";
import type { Extents } from "../base/units.ts";
import type { Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";
import { extentsIn, type Legs, type NumberedLeg, type Part } from "./types/type.ts";

/** One dm device of an LV: the LV itself, or a part of it that has a device of its own. */
export interface Component extends Pick<Part, "layer" | "segments" | "holds"> {
  /** The legs that it belongs to, the outermost first. */
  readonly chain: readonly NumberedLeg[];
}

/** False for a segment that only a newer program understands: the schema admits those, for reading. */
const isKnown = (segment: { readonly type: string }): boolean => typeOf(segment) !== undefined;

/** True when every segment of the LV, and of its parts, is of a type that this program understands. */
export const isKnownLv = ({ segments }: Lv): boolean => unknownIn(segments) === undefined;

/** The first segment of a type that this program does not understand, parts included; by index as eachRun. */
export function unknownIn(segments: readonly Segment[]): Segment | undefined {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    if (!isKnown(segment)) return segment;
    const parts = partsOf(segment);
    for (let part = 0; part < parts.length; part += 1) {
      const unknown = unknownIn((parts[part] as Part).segments);
      if (unknown) return unknown;
    }
  }
  return undefined;
}

/** The LV's length. */
export const lengthOf = ({ segments }: { readonly segments: readonly Segment[] }): Extents =>
  extentsIn(segments);

/** The LV's components, those that others are built on first. An unknown segment has none that we know of. */
export function components({ segments }: Lv): readonly Component[] {
  const components: Component[] = [];
  addParts(segments, NONE, components);
  components.push({ layer: "", segments, holds: "content", chain: NONE });
  return components;
}

function addParts(segments: readonly Segment[], chain: Component["chain"], into: Component[]): void {
  for (const segment of segments) {
    const parts = partsOf(segment);
    if (parts.length === 0) continue;
    const legs = typeOf(segment)?.legs?.of(segment) ?? NONE;
    for (const { layer, segments: own, holds, leg } of parts) {
      const within = leg === undefined ? chain : [...chain, legs[leg] as NumberedLeg];
      addParts(own, within, into);
      into.push({ layer, segments: own, holds, chain: within });
    }
  }
}

const NONE: readonly never[] = [];

/** What of a segment has dm devices of its own. */
export const partsOf = (segment: Segment): readonly Part[] => typeOf(segment)?.parts(segment) ?? NONE;

/**
 * The areas of a segment, each with the extents it has on its PV; none for a segment built on components. One
 * of an unknown type may say which it has.
 */
export const runsOf = (segment: Segment): readonly Run[] =>
  typeOf(segment)?.runs(segment) ?? (segment as { readonly runs?: readonly Run[] }).runs ?? NONE;

/** Every run of the segments and of their parts, in order. */
export function runsIn(segments: readonly Segment[]): readonly Run[] {
  const [first] = segments;
  if (first && segments.length === 1 && partsOf(first).length === 0) return runsOf(first);
  const runs: Run[] = [];
  eachRun(segments, (run) => runs.push(run));
  return runs;
}

/**
 * Calls `visit` with every run of the segments and of their parts, as runsIn lists them, for VGs of very many
 * LVs.
 */
export function eachRun(segments: readonly Segment[], visit: (run: Run) => void): void {
  // By index: of ten thousand LVs, making iterators and functions takes longer than the rest.
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    const type = typeOf(segment);
    const runs = type ? type.runs(segment) : runsOf(segment);
    for (let run = 0; run < runs.length; run += 1) visit(runs[run] as Run);
    const parts = type ? type.parts(segment) : NONE;
    for (let part = 0; part < parts.length; part += 1) eachRun((parts[part] as Part).segments, visit);
  }
}

/** Calls `visit` with every segment, and with those of its parts behind it. */
export function eachSegment(segments: readonly Segment[], visit: (segment: Segment) => void): void {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index] as Segment;
    visit(segment);
    const parts = partsOf(segment);
    for (let part = 0; part < parts.length; part += 1) eachSegment((parts[part] as Part).segments, visit);
  }
}

/** What of an LV has legs: all of it, or a leg of that. */
export interface LegArray {
  /** The component whose table it is. */
  readonly layer: string;
  readonly segment: Segment;
  readonly type: Legs<Segment>;
  readonly legs: readonly NumberedLeg[];
}

/** The arrays of an LV, the outermost first; of most LVs none. */
export function arraysOf({ segments }: { readonly segments: readonly Segment[] }): readonly LegArray[] {
  // One that has any is an array whole: of ten thousand LVs, most are passed over here.
  const first = segments[0];
  if (!first || !typeOf(first)?.legs) return NONE;
  const arrays: LegArray[] = [];
  addArrays(segments, "", arrays);
  return arrays;
}

function addArrays(segments: readonly Segment[], layer: string, into: LegArray[]): void {
  for (const segment of segments) {
    const parts = partsOf(segment);
    const type = typeOf(segment)?.legs;
    if (type && !type.isBelow(segment)) into.push({ layer, segment, type, legs: type.of(segment) });
    for (const part of parts) addArrays(part.segments, part.layer, into);
  }
}

/** The legs of the array that the LV's own device is; of any other LV none. */
export function ownLegsOf(lv: Lv): readonly NumberedLeg[] {
  const [array] = arraysOf(lv);
  return array?.layer === "" ? array.legs : NONE;
}

/** The legs of all of its arrays, each with a number that no other has; of an LV without legs none. */
export function legsOf(lv: { readonly segments: readonly Segment[] }): readonly NumberedLeg[] {
  const arrays = arraysOf(lv);
  return arrays.length === 0 ? NONE : arrays.flatMap(({ legs }) => legs);
}

/** Those of the LV. */
export const allRuns = ({ segments }: Lv): readonly Run[] => runsIn(segments);

/** The parts that hold a share of the content, not those that only their type reads. */
export function contentParts(segment: Segment): readonly Part[] {
  const parts = partsOf(segment);
  return parts.length === 0 ? parts : parts.filter(({ holds }) => holds === "content");
}

/**
 * Whether all of the content of segments can be had.
 * @param isUsable whether a leg, by itself, can be read
 */
export const isServed = (
  segments: readonly Segment[],
  isHere: (run: Run) => boolean,
  isUsable: (leg: NumberedLeg) => boolean = isCurrent,
): boolean =>
  segments.every((segment) => {
    const legs = typeOf(segment)?.legs;
    if (!legs)
      return (
        runsOf(segment).every(isHere) &&
        contentParts(segment).every((part) => isServed(part.segments, isHere, isUsable))
      );
    const all = legs.of(segment);
    return legs.suffice(segment, (index) => {
      const leg = all[index] as NumberedLeg;
      return isUsable(leg) && isWholeLeg(leg, isHere, isUsable);
    });
  });

const isCurrent = ({ state }: NumberedLeg): boolean => state === "current";

/** It gets the data of others, and is not read before it has all of it. */
export const isToBeRebuilt = ({ state }: Leg): boolean => state === "rebuild" || state === "recovering";

/** Whether nothing that the leg cannot do without is away. */
export const isWholeLeg = (
  { image, meta }: NumberedLeg,
  isHere: (run: Run) => boolean,
  isUsable?: (leg: NumberedLeg) => boolean,
): boolean => runsIn(meta).every(isHere) && isServed(image, isHere, isUsable);

/** Each leg has all of the content, so that there can be more of them and fewer. */
export const hasAlikeLegs = ({ segments: [first] }: Lv): boolean =>
  (first && typeOf(first)?.legs?.alike(first)) ?? false;

/**
 * The LV with other states of its legs; the same object when none is another. Where too few would be left to
 * read an array, its own legs stay as they are.
 * @param change is given legs whose images have been changed before
 */
export function withLegs(lv: Lv, change: (leg: NumberedLeg) => NumberedLeg): Lv {
  const segments = changedLegs(lv.segments, change);
  return segments === lv.segments ? lv : { ...lv, segments: [...segments] };
}

function changedLegs(
  segments: readonly Segment[],
  change: (leg: NumberedLeg) => NumberedLeg,
): readonly Segment[] {
  const after = segments.map((segment) => {
    const type = typeOf(segment)?.legs;
    if (!type) return segment;
    const before = type.of(segment);
    const inner = before.map((leg) => {
      const image = changedLegs(leg.image, change);
      return image === leg.image ? leg : { ...leg, image: [...image] };
    });
    const changed = inner.map(change);
    const suffices = type.suffice(segment, (leg) => changed[leg]?.state === "current");
    const legs = suffices ? changed : inner;
    return legs.every((leg, index) => leg === before[index]) ? segment : type.with(segment, legs);
  });
  return after.every((segment, index) => segment === segments[index]) ? segments : after;
}

export type { Area, Leg, Lv, Metadata, NumberedLeg, Segment };
