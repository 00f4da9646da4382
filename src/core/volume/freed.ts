/**
 * What free extents hold, as far as it is known (docs/transactions.md, "Free without a break"). A run is
 * listed when an LV gave it up with valid content, `since` the revision that was left; whatever is taken
 * leaves the list. Every change that frees anything begins a new revision. So what an LV had at revision r,
 * and is listed since r, holds what it had.
 */
import { isDeepStrictEqual } from "node:util";
import type { Freed, Metadata } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import type { Extents } from "../base/units.ts";
import type { Chance } from "../port/chance.ts";
import { checkMetadata } from "./check.ts";
import { type Lv, lengthOf } from "./model.ts";
import { copiesOf, firstUnlike } from "./roles.ts";
import { endOf, inside, joinedRuns, outside, type Run } from "./runs.ts";
import { typeOf } from "./types/index.ts";
import type { Usage, Used } from "./usage.ts";

/** As the schema has it. */
const MAX_FREED = 256;
const STEP_BYTES = 3;

/**
 * @param old what is committed
 * @param next what comes after it, of which revision and list mean nothing but that a revision may be kept
 *   which grows
 * @returns `next` with the revision and the list that follow; the same object when they are there already
 * @throws DvmError BAD_INPUT for documents that contradict themselves
 */
export function account(old: Metadata, next: Metadata, chance: Chance): Metadata {
  // Whoever does not know of the list may have taken what stands there.
  const { freed: _, ...rest } = next;
  const is = checkMetadata(next.freed ? rest : next, "BAD_INPUT", next);
  const ended = endedUses(checkMetadata(old, "BAD_INPUT").usage, is.usage);
  const moves = old.vg.extentSize !== next.vg.extentSize;
  const freed = moves
    ? []
    : onPvs(
        next,
        listed(old, ended, is.usage, (id) => is.byId.get(id)),
      );
  const revision =
    old.revision !== undefined && ended.length === 0 && !moves
      ? old.revision
      : laterRevision(old.revision ?? 0, next.revision, chance);
  if (next.revision === revision && isDeepStrictEqual(next.freed, freed)) return next;
  return { ...next, revision, freed };
}

/** The metadata with nothing known of what free extents hold, and a revision that no other state has. */
export const forget = (metadata: Metadata, chance: Chance): Metadata =>
  metadata.version !== 1 || metadata.revision === undefined
    ? metadata
    : { ...metadata, revision: nextRevision(metadata.revision, chance), freed: [] };

/** Grows by a random step: two pasts of one VG do not come to count alike. */
export const nextRevision = (revision: number, chance: Chance): number =>
  revision + 1 + chance.bytes(STEP_BYTES).readUIntBE(0, STEP_BYTES);

const laterRevision = (old: number, given: number | undefined, chance: Chance): number =>
  given !== undefined && given > old ? given : nextRevision(old, chance);

/** What of the runs is on PVs as long as they are now. */
function onPvs({ pvs }: Metadata, runs: readonly Freed[]): Freed[] {
  const lengths = new Map(pvs.map(({ id, extents }) => [id, extents]));
  return runs.flatMap((run) => inside(run, [{ pv: run.pv, start: 0, length: lengths.get(run.pv) ?? 0 }]));
}

/** Extents that an LV used. */
interface Ended extends Run {
  readonly lv: Lv;
}

/**
 * What was in use and is not any more. Of most PVs both lists are the same one; of the others most uses go
 * on.
 */
function endedUses(was: Usage, is: Usage): Ended[] {
  const ended: Ended[] = [];
  for (const [pv, before] of was) {
    const now = is.get(pv) ?? [];
    if (now === before) continue;
    let next = 0;
    for (let index = 0; index < before.length; index += 1) {
      const used = before[index] as Used;
      while (next < now.length && (now[next] as Used).end <= used.start) next += 1;
      const covers = now[next];
      if (!covers || covers.start > used.start || covers.end < used.end)
        ended.push(...unusedIn(now, pv, used, next));
    }
  }
  return ended;
}

function unusedIn(now: readonly Used[], pv: string, { start, end, lv }: Used, from: number): Ended[] {
  const ended: Ended[] = [];
  let at = start;
  for (let index = from; at < end; index += 1) {
    const next = now[index];
    const gap = Math.min(end, next?.start ?? end);
    if (gap > at) ended.push({ pv, start: at, length: gap - at, lv });
    at = Math.max(at, next && next.start < end ? next.end : end);
  }
  return ended;
}

/** The index of the first use that ends behind the beginning of this one. */
function firstAfter(now: readonly Used[], { start }: Pick<Used, "start">): number {
  let [low, high] = [0, now.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (defined(now[middle], "a use").end <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The list, oldest first: what was there and is not taken, then what is given up with valid content. */
function listed(
  { revision, freed = [] }: Metadata,
  ended: readonly Ended[],
  usage: Usage,
  lvOf: (id: string) => Lv | undefined,
): Freed[] {
  const kept = freed.flatMap((run) => stillFree(run, usage)).flatMap((run) => outside(run, ended));
  if (revision === undefined || ended.length === 0) return kept;
  const lvs = new Map(ended.map(({ lv }) => [lv, givenUp(lv, lvOf(lv.id))]));
  const runs = ended.filter(({ pv }) => usage.has(pv)).flatMap((run) => inside(run, lvs.get(run.lv) ?? []));
  const come = joinedRuns(runs).map((run): Freed => ({ ...run, since: revision }));
  return [...kept, ...come].slice(-MAX_FREED);
}

function stillFree(run: Freed, usage: Usage): Freed[] {
  const used = usage.get(run.pv);
  if (!used) return [];
  const taken: Run[] = [];
  const begin = firstAfter(used, run);
  for (let index = begin; index < used.length; index += 1) {
    const { start, end } = defined(used[index], "a use");
    if (start >= endOf(run)) break;
    taken.push({ pv: run.pv, start, length: end - start });
  }
  return taken.length === 0 ? [run] : outside(run, taken);
}

/**
 * Extents with valid content of an LV that goes, or gets shorter. What a copy leaves behind of an LV that
 * stays as long as it was is out of date with the next write.
 */
function givenUp(lv: Lv, now: Lv | undefined): Run[] {
  // Its extents alone are not what it holds.
  if (lv.segments.some((segment) => typeOf(segment)?.isVolatile)) return [];
  const current = copiesOf(lv).filter(({ state }) => state === "current");
  const contentOf = (copies: typeof current) =>
    copies.flatMap(({ pieces }) => pieces).flatMap(({ runs }) => runs);
  if (!now) return [...contentOf(current), ...current.flatMap(({ meta }) => meta)];
  const length: Extents = lengthOf(now);
  if (length >= lengthOf(lv)) return [];
  const kept = copiesOf(now).filter(({ state }) => state === "current");
  return contentOf(current.filter((copy) => kept.some((each) => firstUnlike(copy, each) === undefined)));
}
