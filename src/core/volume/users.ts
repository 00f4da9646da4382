/**
 * LVs that are built on other LVs, as their types say. What one is built on is live whenever it is, and
 * cannot go while it is there. Relations are by id: names come and go.
 */
import type { Lv } from "../../schema/index.ts";
import { eachSegment } from "./model.ts";
import { kindOf, typeOf } from "./types/index.ts";
import { extentsIn } from "./types/type.ts";

/** By LV id, those that are built on it. LVs without users have no entry. */
export type Users = ReadonlyMap<string, readonly Lv[]>;

type ById = { get(id: string): Lv | undefined };

/** The LVs of a VG, and how they stand upon each other. */
export interface Relations {
  readonly byId: ById;
  readonly users: Users;
}

const NONE: readonly never[] = [];

/** Ids of the LVs that it is built on, those of its parts too, each once. */
export function usesOf({ segments }: Lv): readonly string[] {
  let uses: readonly string[] = NONE;
  eachSegment(segments, (segment) => {
    const own = typeOf(segment)?.uses?.(segment) ?? NONE;
    if (own.length > 0) uses = [...new Set([...uses, ...own])];
  });
  return uses;
}

export function usersOf(lvs: Iterable<Lv>): Users {
  const users = new Map<string, Lv[]>();
  for (const lv of lvs)
    for (const id of usesOf(lv)) {
      const known = users.get(id);
      if (known) known.push(lv);
      else users.set(id, [lv]);
    }
  return users;
}

/**
 * These LVs and all that they are built on, each once and behind what it is built on. It ends for LVs that
 * stand in a circle, too, as those of a document can that nobody has checked.
 */
export function withUsed(lvs: readonly Lv[], byId: ById): readonly Lv[] {
  const found = new Set<Lv>();
  const entered = new Set<Lv>();
  const path = [...lvs].reverse();
  for (let lv = path.at(-1); lv; lv = path.at(-1)) {
    if (entered.has(lv)) {
      found.add(lv);
      path.pop();
      continue;
    }
    entered.add(lv);
    const used = usesOf(lv).flatMap((id) => byId.get(id) ?? []);
    path.push(...used.filter((each) => !entered.has(each)).reverse());
  }
  return [...found];
}

/** The id of the LV in front of which this one stands; undefined: it stands in front of none. */
export function wrappedBy({ segments: [first] }: Lv): string | undefined {
  return first && typeOf(first)?.wraps?.of(first);
}

/** The LVs that stand in front of this one: it and they are live together, or none of them is. */
export const wrappersOf = ({ id }: Pick<Lv, "id">, users: Users): readonly Lv[] =>
  users.get(id)?.filter((user) => wrappedBy(user) === id) ?? NONE;

/** As withUsed, and with all that are live together with one of them. */
export function together(lvs: readonly Lv[], { byId, users }: Relations): readonly Lv[] {
  // Of most VGs no LV is built on another.
  if (users.size === 0) return lvs;
  let found = withUsed(lvs, byId);
  for (;;) {
    const known = new Set(found);
    const more = found.flatMap((lv) => wrappersOf(lv, users)).filter((lv) => !known.has(lv));
    if (more.length === 0) return found;
    found = withUsed([...found, ...more], byId);
  }
}

/** What is wrong with the LVs in front of which others stand, for people; undefined when nothing is. */
export function wrongWrap(lvs: readonly Lv[], byId: ById): string | undefined {
  for (const lv of lvs) {
    const [first] = lv.segments;
    const wraps = first && typeOf(first)?.wraps;
    const wrapped = wraps && byId.get(wraps.of(first));
    if (!wraps || !wrapped) continue;
    const other = wrapped.segments.find((segment) => !typeOf(segment)?.traits.includes(wraps.accepts));
    if (other)
      return `LV ${lv.name} cannot be a ${kindOf(first)} of LV ${wrapped.name}, which is ${kindOf(other)}`;
    if (extentsIn(wrapped.segments) !== extentsIn(lv.segments))
      return `LV ${lv.name} is not as long as LV ${wrapped.name}, in front of which it stands`;
  }
  return undefined;
}

/** What is wrong between LVs and those that are built on them, for people; undefined when nothing is. */
export function wrongUsers(users: Users, byId: ById): string | undefined {
  for (const [id, lvs] of users) {
    const used = byId.get(id);
    const [segment] = used?.segments ?? [];
    if (!used || !segment) continue;
    const type = typeOf(segment);
    const wants = lvs.find(({ segments: [first] }) => {
      const trait = first && typeOf(first)?.usesAre;
      return trait !== undefined && type?.traits.includes(trait) !== true;
    });
    if (wants) return `LV ${wants.name} cannot be built on LV ${used.name}, which is ${kindOf(segment)}`;
    const wrong = type?.wrongUsers?.(
      segment,
      lvs.flatMap(({ segments: [first] }) => first ?? []),
    );
    if (wrong !== undefined) return `LV ${used.name} ${wrong}`;
  }
  return undefined;
}

/** LVs that stand one upon another, at most. */
const MAX_HEIGHT = 16;

/** What is wrong with what these LVs are built on, for people; undefined when nothing is. */
export function wrongUse(lvs: readonly Lv[], byId: ById): string | undefined {
  const heights = new Map<Lv, number>();
  const look = (lv: Lv, above: readonly Lv[]): string | undefined => {
    if (above.includes(lv)) return `LV ${lv.name} is built on itself`;
    let height = heights.get(lv) ?? 0;
    if (height === 0 && above.length < MAX_HEIGHT) {
      for (const id of usesOf(lv)) {
        const used = byId.get(id);
        const wrong = used
          ? look(used, [...above, lv])
          : `LV ${lv.name} is built on LV ${id}, which is not there`;
        if (wrong !== undefined) return wrong;
        height = Math.max(height, (used && heights.get(used)) ?? 0);
      }
      height += 1;
      heights.set(lv, height);
    }
    const tooHigh = height === 0 || height + above.length > MAX_HEIGHT;
    return tooHigh ? `LV ${(above[0] ?? lv).name} is built on more than ${MAX_HEIGHT - 1} LVs` : undefined;
  };
  for (const lv of lvs) {
    const wrong = look(lv, []);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
