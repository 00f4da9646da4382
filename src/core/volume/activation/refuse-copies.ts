/** No change may leave an LV with a sector of which no old, valid copy is kept. */
import type { Lv, Metadata } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { Extents } from "../../base/units.ts";
import { lengthOf } from "../model.ts";
import { type Copy, copiesOf, type Piece } from "./roles.ts";

/** What is known about the copies of an LV beyond its metadata. */
export interface Proof {
  /** undefined when the leg is proven to hold the LV's content, else why it is not. */
  doubt(lv: Lv, leg: number): string | undefined;
}

/**
 * Every current copy of the new state must be one of the old state that was current, extent by extent. Where
 * copies become fewer, or one that was being rebuilt is to be read from, metadata is no proof that the leg is
 * in sync: it must be proven.
 * @throws DvmError WOULD_LOSE_DATA, naming the LV and what would be lost
 */
export function refuseLostCopies(old: Metadata, next: Metadata, proof: Proof): void {
  const before = new Map(old.lvs.map((lv) => [lv.id, lv]));
  for (const lv of next.lvs) {
    const was = before.get(lv.id);
    if (was) refuseLost(was, lv, proof);
  }
}

function refuseLost(old: Lv, lv: Lv, proof: Proof): void {
  const length = Math.min(lengthOf(old), lengthOf(lv));
  const oldCopies = copiesOf(old);
  const current = copiesOf(lv).filter(({ state }) => state === "current");
  const fewer = current.length < oldCopies.filter(({ state }) => state === "current").length;
  for (const copy of current) {
    const matches = oldCopies.filter((each) => firstUnlike(copy, each, length) === undefined);
    const match =
      matches.find(({ state }) => state === "current") ?? matches.find(({ state }) => state === "rebuild");
    if (!match) throw lost(lv, copy, matches[0], oldCopies, length);
    if (match.leg === undefined || (match.state === "current" && !fewer)) continue;
    const doubt = proof.doubt(old, match.leg);
    if (doubt !== undefined) throw unproven(old, match, doubt, fewer);
  }
}

function lost(
  lv: Lv,
  copy: Copy,
  stale: Copy | undefined,
  oldCopies: readonly Copy[],
  length: Extents,
): DvmError {
  const details = { lv: lv.name, ...(copy.leg !== undefined && { leg: copy.leg }) };
  const which = copy.leg === undefined ? `LV ${lv.name}` : `leg ${copy.leg} of LV ${lv.name}`;
  if (stale)
    return new DvmError("WOULD_LOSE_DATA", `${which} was stale: it has to be rebuilt before it may be read`, {
      details,
    });
  const extent = Math.max(...oldCopies.map((each) => firstUnlike(copy, each, length) ?? 0));
  const why =
    copy.leg === undefined
      ? "would lie where nothing of it has been: its data would be lost"
      : "would lie where nothing of it has been: it must be marked for rebuilding";
  return new DvmError("WOULD_LOSE_DATA", `extent ${extent} of ${which} ${why}`, {
    details: { ...details, extent },
  });
}

function unproven(lv: Lv, { leg, state }: Copy, doubt: string, fewer: boolean): DvmError {
  const why =
    state === "rebuild"
      ? `leg ${leg} of LV ${lv.name} may be read only once it has been rebuilt`
      : fewer
        ? `LV ${lv.name} would be left with fewer copies, and leg ${leg} must be in sync for that`
        : `leg ${leg} of LV ${lv.name} must be in sync`;
  return new DvmError("WOULD_LOSE_DATA", `${why}: ${doubt}`, { details: { lv: lv.name, leg } });
}

/** The first logical extent below `length` that lies elsewhere in the other copy, or undefined. */
function firstUnlike(copy: Copy, other: Copy, length: Extents): Extents | undefined {
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
