/**
 * What the metadata of a VG says, seen as components and the extents that they use. Lengths are in extents.
 */
import type { Area, Leg, Lv, Metadata, Segment } from "../../schema/index.ts";
import type { Extents } from "../base/units.ts";
import type { Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";
import { extentsIn, type NumberedLeg, type Part, type Proof } from "./types/type.ts";

/** One dm device of an LV: the LV itself, or a part of it that has a device of its own. */
export type Component = Pick<Part, "layer" | "segments" | "holds" | "leg">;

/** False for a segment that only a newer program understands: the schema admits those, for reading. */
const isKnown = (segment: { readonly type: string }): boolean => typeOf(segment) !== undefined;

/** True when every segment of the LV, and of its parts, is of a type that this program understands. */
export const isKnownLv = ({ segments }: Lv): boolean => unknownIn(segments) === undefined;

/** The first segment of a type that this program does not understand, parts included. */
export function unknownIn(segments: readonly Segment[]): Segment | undefined {
  let unknown: Segment | undefined;
  eachSegment(segments, (segment) => {
    if (!isKnown(segment)) unknown ??= segment;
  });
  return unknown;
}

/** The LV's length. */
export const lengthOf = ({ segments }: { readonly segments: readonly Segment[] }): Extents =>
  extentsIn(segments);

/** The LV's components, those that others are built on first. An unknown segment has none that we know of. */
export function components({ segments }: Lv): readonly Component[] {
  const components: Component[] = [];
  for (const segment of segments) components.push(...partsOf(segment));
  components.push({ layer: "", segments, holds: "content" });
  return components;
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
  const runs: Run[] = [];
  eachRun(segments, (run) => runs.push(run));
  return runs;
}

/**
 * Calls `visit` with every run of the segments and of their parts, as runsIn lists them, for VGs of very many
 * LVs.
 */
export const eachRun = (segments: readonly Segment[], visit: (run: Run) => void): void =>
  eachSegment(segments, (segment) => runsOf(segment).forEach(visit));

/** Calls `visit` with every segment, and with those of its parts behind it. */
export function eachSegment(segments: readonly Segment[], visit: (segment: Segment) => void): void {
  // No for-of: of ten thousand LVs, making iterators takes longer than the rest.
  segments.forEach((segment) => {
    visit(segment);
    partsOf(segment).forEach((part) => {
      eachSegment(part.segments, visit);
    });
  });
}

/** The legs of an LV that has copies, each with its number; of any other LV none. */
export function legsOf({ segments }: Lv): readonly NumberedLeg[] {
  // A segment with legs is the whole of its LV.
  const first = segments[0];
  return (first && typeOf(first)?.legs?.of(first)) ?? NONE;
}

/** Those of the LV. */
export const allRuns = ({ segments }: Lv): readonly Run[] => runsIn(segments);

/** The parts that hold a share of the content, not those that only their type reads. */
export const contentParts = (segment: Segment): readonly Part[] =>
  partsOf(segment).filter(({ holds }) => holds === "content");

/** What proves that legs of the LV hold its content; undefined for one that has none. */
export const proofOf = ({ segments: [first] }: Lv): Proof | undefined =>
  first && typeOf(first)?.legs?.proof(first);

/**
 * Whether the legs that are there have all of the LV's content together; an LV without legs counts as one.
 */
export function legsSuffice({ segments: [first] }: Lv, isThere: (leg: number) => boolean): boolean {
  const legs = first && typeOf(first)?.legs;
  return legs ? legs.suffice(first, isThere) : isThere(0);
}

/** Each leg has all of the content, so that there can be more of them and fewer. */
export const hasAlikeLegs = ({ segments: [first] }: Lv): boolean =>
  (first && typeOf(first)?.legs?.alike(first)) ?? false;

/**
 * The LV with other states of its legs; the same object when none is another, or too few would be left to
 * read it.
 */
export function withLegs(lv: Lv, change: (leg: NumberedLeg, index: number) => NumberedLeg): Lv {
  const [segment] = lv.segments;
  const legs = segment && typeOf(segment)?.legs;
  if (!legs) return lv;
  const before = legs.of(segment);
  const after = before.map(change);
  const isSame = after.every((leg, index) => leg === before[index]);
  const suffice = legs.suffice(segment, (leg) => after[leg]?.state === "current");
  return isSame || !suffice ? lv : { ...lv, segments: [legs.with(segment, after)] };
}

export type { Area, Leg, Lv, Metadata, NumberedLeg, Segment };
