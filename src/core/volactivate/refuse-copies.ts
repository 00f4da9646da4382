/** No change may leave an LV with a sector of which no old, valid copy is kept. */
import type { Lv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Copy, copiesOf, firstUnlike } from "../volume/roles.ts";
import type { ChangedLv } from "./changed.ts";

/** Metadata alone does not tell that this leg holds the content: it must be proven in another way. */
export interface Claim {
  /** As it is in the old state. */
  readonly lv: Lv;
  readonly leg: number;
  /** For people. */
  readonly number: number;
  /**
   * fewer: copies become fewer, and this one stays. rebuilt: it was being rebuilt, and is to be read from.
   */
  readonly why: "fewer" | "rebuilt";
  /** Copies that are current in the old state and not in the new one: what runs they have. */
  readonly dropped: readonly Copy[];
  /** Every one of them is kept as a stale leg, in its place. */
  readonly allStale: boolean;
}

/**
 * Every current copy of the new state must be one of the old state that was current, extent by extent. Where
 * copies become fewer, or one that was being rebuilt is to be read from, the leg must be proven to be in
 * sync.
 * @returns the legs to prove
 * @throws DvmError WOULD_LOSE_DATA, naming the LV and what would be lost
 */
export const refuseLostCopies = (changed: readonly ChangedLv[]): readonly Claim[] =>
  changed.flatMap(({ lv, was }) => (was ? claimsOf(was, lv) : []));

function claimsOf(old: Lv, lv: Lv): Claim[] {
  const oldCopies = copiesOf(old);
  const copies = copiesOf(lv);
  const like = (copy: Copy, other: Copy) => firstUnlike(copy, other) === undefined;
  const isCurrent = ({ state }: Copy) => state === "current";
  const current = copies.filter(isCurrent);
  const dropped = oldCopies.filter((each) => isCurrent(each) && !current.some((copy) => like(copy, each)));
  const allStale = dropped.every((each) => copies.some((copy) => copy.state === "stale" && like(copy, each)));
  const claims: Claim[] = [];
  for (const copy of current) {
    const matches = oldCopies.filter((each) => like(copy, each));
    const match = matches.find(isCurrent) ?? matches.find(({ state }) => state === "rebuild");
    if (!match) throw lost(lv, copy, matches[0], oldCopies);
    if (match.leg === undefined || (isCurrent(match) && dropped.length === 0)) continue;
    const { leg, number = leg } = match;
    claims.push({ lv: old, leg, number, why: isCurrent(match) ? "fewer" : "rebuilt", dropped, allStale });
  }
  return claims;
}

function lost(lv: Lv, copy: Copy, stale: Copy | undefined, oldCopies: readonly Copy[]): DvmError {
  const details = { lv: lv.name, ...(copy.number !== undefined && { leg: copy.number }) };
  const which = copy.leg === undefined ? `LV ${lv.name}` : `leg ${copy.number} of LV ${lv.name}`;
  if (stale)
    return new DvmError("WOULD_LOSE_DATA", `${which} was stale: it has to be rebuilt before it may be read`, {
      details,
    });
  const extent = Math.max(...oldCopies.map((each) => firstUnlike(copy, each) ?? 0));
  const why =
    copy.leg === undefined
      ? "would lie where nothing of it has been: its data would be lost"
      : "would lie where nothing of it has been: it must be marked for rebuilding";
  return new DvmError("WOULD_LOSE_DATA", `extent ${extent} of ${which} ${why}`, {
    details: { ...details, extent },
  });
}
