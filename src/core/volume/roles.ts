/**
 * What each extent of an LV is used for. Two states of an LV use an extent alike when it has the same role in
 * both: then what is on it stays what it was.
 */
import type { Lv, Segment } from "../../schema/index.ts";
import type { Extents } from "../base/units.ts";
import { isKnown, legNumber, type Run, runsOf } from "./model.ts";

/** Extents of one copy of the content. Equal keys: the same logical extent lies at the same place. */
export interface Piece {
  /** Logical extents [start, end) of the LV. */
  readonly start: Extents;
  readonly end: Extents;
  readonly key: string;
  readonly runs: readonly Run[];
}

/** One whole copy of an LV's content. */
export interface Copy {
  /** The leg's place in its list, which is that in its dm table; undefined for an LV of one copy. */
  readonly leg: number | undefined;
  /** The leg's number in names, for people. */
  readonly number: number | undefined;
  readonly state: "current" | "rebuild" | "stale";
  readonly pieces: readonly Piece[];
  /** Where raid keeps what it knows about the leg. */
  readonly meta: readonly Run[];
}

/** The copies of an LV whose segments are all known. */
export function copiesOf({ segments }: Lv): readonly Copy[] {
  const [first] = segments;
  if (first?.type === "raid1") {
    return first.legs.map((leg, index) => ({
      leg: index,
      number: legNumber(leg, index),
      state: leg.state,
      pieces: piecesOf(leg.image),
      meta: leg.meta.flatMap(runsOf),
    }));
  }
  return [{ leg: undefined, number: undefined, state: "current", pieces: piecesOf(segments), meta: [] }];
}

/** The first logical extent below `length` that lies elsewhere in the other copy, or undefined. */
export function firstUnlike(copy: Copy, other: Copy, length: Extents): Extents | undefined {
  let at = 0;
  while (at < length) {
    const mine = pieceAt(copy, at);
    const theirs = pieceAt(other, at);
    if (!mine || mine.key !== theirs?.key) return at;
    at = Math.min(mine.end, theirs.end);
  }
  return undefined;
}

/** By halving, since pieces are in order and leave no holes. */
function pieceAt({ pieces }: Copy, at: Extents): Piece | undefined {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.end ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const piece = pieces[low];
  return piece && piece.start <= at && at < piece.end ? piece : undefined;
}

const piecesOf = (segments: readonly Segment[]): Piece[] => segments.filter(isKnown).flatMap(pieceOf);

function pieceOf(segment: Segment): Piece[] {
  const { start, length } = segment;
  const end = start + length;
  // An area is named by where it would begin if it began at the LV's first extent, however segments are cut.
  switch (segment.type) {
    case "linear": {
      const { pv, start: at } = segment.area;
      return [{ start, end, key: `${pv} ${at - start}`, runs: [{ pv, start: at, length }] }];
    }
    case "striped": {
      const { areas, stripeSize } = segment;
      const rows = length / areas.length;
      const bases = areas.map(({ pv, start: at }) => `${pv} ${at - start / areas.length}`);
      const key = `${stripeSize} ${start % areas.length} ${bases.join(" ")}`;
      return [{ start, end, key, runs: areas.map(({ pv, start: at }) => ({ pv, start: at, length: rows })) }];
    }
    case "raid1":
      return [];
  }
}
