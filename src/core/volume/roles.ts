/**
 * What each extent of an LV is used for. Two states of an LV use an extent alike when it has the same role in
 * both: then what is on it stays what it was.
 */
import type { Lv, Segment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import { runsIn, runsOf } from "./model.ts";
import type { Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";

/** Extents of one copy. Equal keys: what an extent of that number holds lies at the same place. */
export interface Piece {
  /** Extents [start, end) of the LV, or of the leg. */
  readonly start: Extents;
  readonly end: Extents;
  readonly key: string;
  readonly runs: readonly Run[];
}

/** One copy of an LV's content, or of its share for a leg that has one only. */
export interface Copy {
  /** The leg's place in its list, which is that in its dm table; undefined for an LV of one copy. */
  readonly leg: number | undefined;
  /** The leg's number in names, for people. */
  readonly number: number | undefined;
  readonly state: "current" | "rebuild" | "stale";
  readonly pieces: readonly Piece[];
  /** Where its type keeps what it knows about the leg. */
  readonly meta: readonly Run[];
  /** Sectors at the beginning of each of those in which nothing must be found when they are new. */
  readonly wiped: Sectors;
}

/** The copies of an LV whose segments are all known. */
export function copiesOf(lv: Lv): readonly Copy[] {
  const [first] = lv.segments;
  const legs = first && typeOf(first)?.legs;
  if (legs) {
    const { wiped } = legs;
    return legs.of(first).map(({ number, state, image, meta }, leg) => {
      const role = legs.role(first, leg);
      return { leg, number, state, pieces: piecesOf(image, role), meta: runsIn(meta), wiped };
    });
  }
  const pieces = piecesOf(lv.segments);
  return [{ leg: undefined, number: undefined, state: "current", pieces, meta: [], wiped: 0 }];
}

/** The first extent, of those that both have, that lies elsewhere in the other copy, or undefined. */
export function firstUnlike(copy: Copy, other: Copy): Extents | undefined {
  const length = Math.min(copy.pieces.at(-1)?.end ?? 0, other.pieces.at(-1)?.end ?? 0);
  if (length === 0) return 0;
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

/** @param role of the copy: what is of another is never alike */
const piecesOf = (segments: readonly Segment[], role = ""): Piece[] =>
  segments.flatMap((segment): Piece[] => {
    const { start, length } = segment;
    const key = typeOf(segment)?.key(segment);
    return key === undefined
      ? []
      : [{ start, end: start + length, key: `${role}${key}`, runs: runsOf(segment) }];
  });
