/**
 * What each extent of an LV is used for. Two states of an LV use an extent alike when it has the same role in
 * both: then what is on it stays what it was.
 */
import type { Leg, Lv, Segment } from "../../schema/index.ts";
import type { Extents, Sectors } from "../base/units.ts";
import { partsOf, runsIn, runsOf } from "./model.ts";
import type { Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";
import { extentsIn, type NumberedLeg } from "./types/type.ts";

/** Extents of one copy. Equal keys: what an extent of that number holds lies at the same place. */
export interface Piece {
  /** Extents [start, end) of the LV, or of the leg. */
  readonly start: Extents;
  readonly end: Extents;
  readonly key: string;
  readonly runs: readonly Run[];
}

/** What an LV, or a leg, holds: in pieces, or in the legs of an array. */
export interface Content {
  /** Of the parts of an LV: what is of another is never alike. */
  readonly role: string;
  /** Begins with nothing when it comes, so many zeroed sectors at its beginning. Left out: it does not. */
  readonly fresh?: Sectors;
  /** None of an array. */
  readonly pieces: readonly Piece[];
  readonly array?: ArrayContent;
}

export interface ArrayContent {
  /** The component whose table it is. */
  readonly layer: string;
  /** Each of its legs has all of the content. */
  readonly alike: boolean;
  /** Arrays of one role share their content out alike among their legs. */
  readonly role: string;
  readonly legs: readonly LegContent[];
}

export interface LegContent extends NumberedLeg {
  readonly content: Content;
  /** Sectors at the beginning of its metadata in which nothing must be found when it is new. */
  readonly wiped: Sectors;
  /** Its last row of stripes ends behind the end of the array. */
  readonly isLonger: boolean;
}

/**
 * What an LV holds, or each of the parts that have its content in common.
 * @param lv whose segments are all known
 */
export function contentsOf({ segments }: Pick<Lv, "segments">): readonly Content[] {
  const [first] = segments;
  const parts = first && !typeOf(first)?.legs ? partsOf(first) : [];
  if (!first || parts.length === 0) return [contentIn(segments, "", "")];
  return parts.map(({ layer, segments, carries, fresh }) => ({
    ...contentIn(segments, layer, carries ? "" : `${first.type} ${layer} `),
    ...(fresh !== undefined && { fresh }),
  }));
}

/** @param role of what it is a share of: what is of another is never alike */
function contentIn(segments: readonly Segment[], layer: string, role: string): Content {
  const [first] = segments;
  const type = first && typeOf(first)?.legs;
  if (!type) return { role, pieces: piecesOf(segments, role) };
  if (type.isBelow(first)) {
    const [array] = partsOf(first);
    return array ? contentIn(array.segments, array.layer, role) : { role, pieces: [] };
  }
  const parts = partsOf(first);
  const legs = type.of(first).map((leg, index): LegContent => {
    const image = parts.find((part) => part.leg === index && part.holds === "content");
    const own = `${role}${type.role(first, index)}`;
    const content = contentIn(leg.image, image?.layer ?? "", own);
    const isLonger = type.alike(first) && extentsIn(leg.image) > first.length;
    return { ...leg, content, wiped: type.wiped, isLonger };
  });
  const roles = legs.map((_, index) => type.role(first, index)).join();
  return { role, pieces: [], array: { layer, alike: type.alike(first), role: `${role}${roles}`, legs } };
}

/** One copy of an LV's content, or of its share for a leg that has one only. */
export interface Copy {
  /** The leg's number in names; undefined for an LV of one copy. */
  readonly number: number | undefined;
  /** Of the leg and of those that it is within: the worst. */
  readonly state: Leg["state"];
  /** None of a leg that is an array. */
  readonly pieces: readonly Piece[];
  /** Where its type keeps what it knows about the leg. */
  readonly meta: readonly Run[];
  /**
   * Each tells this metadata from that of any other leg, as long as the leg lies where it does: of one that
   * is an array there is one for each of its legs, since those are replaced one by one.
   */
  readonly metaRoles: readonly string[];
  /** Sectors at the beginning of each of those in which nothing must be found when they are new. */
  readonly wiped: Sectors;
  /** What is in the last extent of each of its runs may be of no LV yet: nothing must be found there then. */
  readonly isLonger: boolean;
}

/** The copies of an LV whose segments are all known, each leg before those that it is made of. */
export const copiesOf = (lv: Lv): readonly Copy[] =>
  contentsOf(lv).flatMap((content) => copiesIn(content, undefined, "current", false));

/** @param within the worst state of what it is within; isLonger: it is so, or what it is within */
export function copiesIn(
  content: Content,
  leg: LegContent | undefined,
  within: Copy["state"],
  isLonger: boolean,
): Copy[] {
  const { pieces, array } = content;
  const own: Copy = {
    number: leg?.number,
    state: within,
    pieces,
    meta: runsIn(leg?.meta ?? []),
    metaRoles: firstKeys(content).map((key) => `meta of ${key}`),
    wiped: leg?.wiped ?? 0,
    isLonger,
  };
  const legs = array?.legs ?? [];
  const below = legs.flatMap((each) =>
    copiesIn(each.content, each, worst(within, each.state), isLonger || each.isLonger),
  );
  return array && !leg ? below : [own, ...below];
}

const WORTH = ["stale", "rebuild", "recovering", "current"] as const;

const worst = (a: Copy["state"], b: Copy["state"]): Copy["state"] =>
  WORTH.indexOf(a) < WORTH.indexOf(b) ? a : b;

/** Where a leg begins, or each that it is made of: of another array that begins there none is such a leg. */
function firstKeys({ pieces: [first], array }: Content): readonly string[] {
  if (!array) return [first?.key ?? ""];
  return array.legs.flatMap((leg, index) =>
    firstKeys(leg.content).map((key) => `${array.role} of ${index} ${key}`),
  );
}

type Pieces = Pick<Copy, "pieces">;

/** The first extent, of those that both have, that lies elsewhere in the other copy, or undefined. */
export function firstUnlike(copy: Pieces, other: Pieces): Extents | undefined {
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
function pieceAt({ pieces }: Pieces, at: Extents): Piece | undefined {
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
const piecesOf = (segments: readonly Segment[], role: string): Piece[] =>
  segments.flatMap((segment): Piece[] => {
    const { start, length } = segment;
    const key = typeOf(segment)?.key(segment);
    return key === undefined
      ? []
      : [{ start, end: start + length, key: `${role}${key}`, runs: runsOf(segment) }];
  });
