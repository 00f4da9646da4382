/** No change may leave an LV with a sector of which no old, valid copy is kept. */
import type { Lv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { runsIn } from "../volume/model.ts";
import {
  type ArrayContent,
  type Content,
  contentsOf,
  copiesIn,
  copiesOf,
  firstUnlike,
  type LegContent,
} from "../volume/roles.ts";
import type { Run } from "../volume/runs.ts";
import type { ChangedLv } from "./changed.ts";

/** Metadata alone does not tell that this leg holds the content: it must be proven in another way. */
export interface Claim {
  /** As it is in the old state. */
  readonly lv: Lv;
  /** The component whose table the leg's array is. */
  readonly layer: string;
  /** Its place in that table. */
  readonly leg: number;
  /** For people. */
  readonly number: number;
  /**
   * fewer: copies become fewer, and this one stays. rebuilt: it was being rebuilt, and is to be read from.
   */
  readonly why: "fewer" | "rebuilt";
  /** What each leg has of the array that is current in the old state and not in the new one. */
  readonly dropped: readonly (readonly Run[])[];
  /** Every one of them is kept as a stale leg, in its place. */
  readonly allStale: boolean;
}

/**
 * Every current copy of the new state must be one of the old state that was current, extent by extent. Where
 * copies become fewer, or one that was being rebuilt is to be read from, the leg must be proven to be in
 * sync. So it is with each array: that of the LV, and those that are legs of it.
 * @returns the legs to prove
 * @throws DvmError WOULD_LOSE_DATA, naming the LV and what would be lost
 */
export const refuseLostCopies = (changed: readonly ChangedLv[]): readonly Claim[] =>
  changed.flatMap(({ lv, was }) => (was ? new Keeping(was, lv).claims() : []));

const NOTHING: Content = { role: "", pieces: [] };

/** Legs of an array of the old state. */
interface Step {
  readonly array: ArrayContent;
  readonly index: number;
}

/** One of the places where the old state has a content whole, and the legs on the way to it. */
interface Source {
  readonly content: Content;
  readonly way: readonly Step[];
}

class Keeping {
  readonly #old: Lv;
  readonly #lv: Lv;
  /** Of arrays of the old state, the legs from which current ones of the new state come. */
  readonly #used = new Map<ArrayContent, Set<number>>();

  constructor(old: Lv, lv: Lv) {
    this.#old = old;
    this.#lv = lv;
  }

  claims(): readonly Claim[] {
    const old = contentsOf(this.#old);
    for (const next of contentsOf(this.#lv)) {
      const before = old.find(({ role }) => role === next.role);
      if (before || next.fresh === undefined) this.#keep(before ?? NOTHING, next, undefined);
    }
    const after = copiesOf(this.#lv).filter(({ state }) => state === "stale");
    const isStale = (leg: LegContent) =>
      copiesIn(leg.content, leg, leg.state, false).every(
        (copy) => copy.pieces.length === 0 || after.some((each) => firstUnlike(each, copy) === undefined),
      );
    return [...this.#used].flatMap(([array, used]) => {
      const gone = array.legs.filter((leg, index) => leg.state === "current" && !used.has(index));
      const dropped = gone.map(({ image, meta }) => runsIn([...image, ...meta]));
      const allStale = gone.every(isStale);
      return [...used].flatMap((index): Claim[] => {
        const { state, number } = array.legs[index] as LegContent;
        if (state === "current" && gone.length === 0) return [];
        const why = state === "current" ? "fewer" : "rebuilt";
        return [{ lv: this.#old, layer: array.layer, leg: index, number, why, dropped, allStale }];
      });
    });
  }

  /** Finds where all of it comes from. @param of the innermost leg of the new state that it is of */
  #keep(old: Content, next: Content, of: LegContent | undefined): void {
    if (next.array?.alike) {
      for (const leg of next.array.legs) if (leg.state === "current") this.#keep(old, leg.content, leg);
      return;
    }
    const sources = sourcesOf(old).filter(({ content }) => isLike(content, next));
    const isReadable = ({ array, index }: Step) => array.legs[index]?.state !== "stale";
    const isCurrent = ({ array, index }: Step) => array.legs[index]?.state === "current";
    const source =
      sources.find(({ way }) => way.every(isCurrent)) ?? sources.find(({ way }) => way.every(isReadable));
    if (!source) throw this.#lost(next, of, sources.length > 0);
    for (const step of source.way) this.#use(step);
    const { array } = source.content;
    if (!next.array || !array) return;
    for (const [index, leg] of next.array.legs.entries()) {
      if (leg.state !== "current") continue;
      const before = array.legs[index] as LegContent;
      if (before.state === "stale") throw this.#lost(leg.content, leg, true);
      this.#use({ array, index });
      this.#keep(before.content, leg.content, leg);
    }
  }

  #use({ array, index }: Step): void {
    this.#used.set(array, (this.#used.get(array) ?? new Set()).add(index));
  }

  #lost(content: Content, of: LegContent | undefined, wasStale: boolean): DvmError {
    const { name } = this.#lv;
    const number = of?.number;
    const details = { lv: name, ...(number !== undefined && { leg: number }) };
    const which = number === undefined ? `LV ${name}` : `leg ${number} of LV ${name}`;
    if (wasStale)
      return new DvmError(
        "WOULD_LOSE_DATA",
        `${which} was stale: it has to be rebuilt before it may be read`,
        { details },
      );
    const extent = Math.max(...copiesOf(this.#old).map((each) => firstUnlike(content, each) ?? 0));
    const why =
      number === undefined
        ? "would lie where nothing of it has been: its data would be lost"
        : "would lie where nothing of it has been: it must be marked for rebuilding";
    return new DvmError("WOULD_LOSE_DATA", `extent ${extent} of ${which} ${why}`, {
      details: { ...details, extent },
    });
  }
}

/** Where a content is whole: in itself, or in each leg of an array whose legs are alike. */
function sourcesOf(content: Content): readonly Source[] {
  const { array } = content;
  if (!array?.alike) return [{ content, way: [] }];
  return array.legs.flatMap((leg, index) =>
    sourcesOf(leg.content).map((source) => ({ ...source, way: [{ array, index }, ...source.way] })),
  );
}

/** Whether the one has what the other has where the other has it, for arrays so far as current legs tell. */
function isLike(old: Content, next: Content): boolean {
  if (next.array?.alike)
    return next.array.legs.some((leg) => leg.state === "current" && isLike(old, leg.content));
  if (old.array?.alike) return old.array.legs.some((leg) => isLike(leg.content, next));
  const [was, is] = [old.array, next.array];
  if (!was && !is) return firstUnlike(old, next) === undefined;
  if (was?.role !== is?.role || !was || !is) return false;
  return is.legs.some(({ state, content }, index) => {
    const before = was.legs[index]?.content;
    return state === "current" && before !== undefined && isLike(before, content);
  });
}
