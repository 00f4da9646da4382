/**
 * How an LV does. Where it is live the kernel's word counts, and what that does not say is not taken for
 * well; where it is not, the devices found and the metadata count.
 */
import type { DmDevice, Legs, Lv } from "../../schema/index.ts";
import { isErrorLine } from "../dm/targets/error.ts";
import { targetOf } from "../dm/targets/index.ts";
import type { Progress } from "../dm/targets/progress.ts";
import { raidHealthOf } from "../dm/targets/raid-health.ts";
import type { Trouble } from "../dm/targets/trouble.ts";
import { arraysOf, components, isKnownLv, isServed, legsOf, runsIn, runsOf } from "../volume/model.ts";
import type { Run } from "../volume/runs.ts";
import { typeOf } from "../volume/types/index.ts";
import { legOfLayer } from "../volume/types/raid.ts";
import { extentsIn } from "../volume/types/type.ts";
import { usesOf, withUsed, wrappersOf } from "../volume/users.ts";
import { activationOf } from "./activation.ts";
import { type Availability, worstOf } from "./availability.ts";
import { type Facts, isHere } from "./facts.ts";
import { type LegCondition, type LegState, legConditions } from "./legs.ts";
import { type LvProblem, lvProblems } from "./problems.ts";
import { progressOf } from "./progress.ts";

export interface Condition extends Progress {
  /** Null when the devices are not known. */
  readonly availability: Availability | null;
  /** In the order of the metadata. */
  readonly legs: readonly LegCondition[];
  /** Sectors that differed between copies when they were last compared. */
  readonly mismatches: number | null;
  readonly problems: readonly LvProblem[];
}

const known = new WeakMap<Facts, Map<string, Condition>>();

/** Looked at once, however many rows ask. */
export function conditionOf(facts: Facts, lv: Lv): Condition {
  const conditions = known.get(facts) ?? new Map<string, Condition>();
  const found = conditions.get(lv.id);
  if (found) return found;
  if (conditions.size === 0) known.set(facts, conditions);
  const condition = withBelow(facts, lv, look(facts, lv));
  conditions.set(lv.id, condition);
  return condition;
}

/** An LV is called no better than those that it is built on; without what comes up with it, it does not. */
function withBelow(facts: Facts, lv: Lv, own: Condition): Condition {
  // Of ten thousand LVs, most are built on none, and none on them.
  const { users } = facts;
  if (users.size === 0 || (usesOf(lv).length === 0 && !users.has(lv.id))) return own;
  const all = withUsed([lv], facts.lvs).map((each) => (each === lv ? own : look(facts, each)));
  const lacks = (each: Lv) => runsIn(each.segments).some((run) => !isHere(facts, run));
  const isIncomplete =
    wrappersOf(lv, users).some(lacks) || all.some(({ problems }) => problems.includes("lv-incomplete"));
  const problems = new Set([...own.problems, ...(isIncomplete ? (["lv-incomplete"] as const) : [])]);
  const least = isIncomplete ? [lvProblems["lv-incomplete"]] : [];
  const availability =
    own.availability && worstOf([...all.flatMap((each) => each.availability ?? []), ...least]);
  return { ...own, availability, problems: [...problems] };
}

/** The leg that a component of the LV belongs to; undefined when it belongs to none. */
export function legOf(facts: Facts, lv: Lv, component: string): LegCondition | undefined {
  if (component === "") return undefined;
  const leg = components(lv)
    .find(({ layer }) => layer === component)
    ?.chain.at(-1);
  return leg && conditionOf(facts, lv).legs.find(({ number }) => number === leg.number);
}

/** For people: the state of a component's leg unless that is as it should be; "" for any other component. */
export function legWord(facts: Facts, lv: Lv, component: string): string {
  const state = legOf(facts, lv, component)?.state;
  return state === undefined || state === "current" ? "" : state;
}

function look(facts: Facts, lv: Lv): Condition {
  const live = liveDevices(facts, lv);
  const top = live.get("");
  const layers = arraysOf(lv).map(({ layer }) => layer);
  const array = live.get(layers[0] ?? "");
  const here = (run: Run) => isHere(facts, run);
  const runs = runsIn(lv.segments);
  const onDisk = facts.onDisk.get(lv.id);
  const legs = legConditions(lv, facts.dm && live, here, onDisk);
  const problems = new Set<LvProblem>();
  if (!isKnownLv(lv)) problems.add("lv-type-unknown");
  if (!runs.every(here)) problems.add("lv-incomplete");
  const refused = (all: readonly Run[]) => all.some(({ pv }) => facts.devices.get(pv)?.readOnly);
  if (lv.access === "rw" && refused(runs) && refused(runsWritten(lv, runs)))
    problems.add("lv-writes-refused");
  if (!facts.dm) problems.add("lv-state-unknown");
  addOfActivation(problems, activationOf(facts, lv));
  if (live.size > 0) addOfDevices(problems, live);
  // What lies below an origin, a cache or a copy has a status of its own, which that of the LV is silent on.
  if (top?.table?.length) addOfStatuses(problems, live, layersOut(lv, legs));
  const ids = top && idsOf(lv, top);
  if (ids) problems.add(ids === "behind" ? "pool-behind" : "pool-differs");
  const caching = cachingOf(lv);
  if (caching) problems.add(caching === "lost" ? "cache-lost" : "cache-flushing");
  // Without a device that is not where to begin.
  if (!top && onDisk?.synced === false && !problems.has("lv-incomplete")) problems.add("lv-unsynced");
  if (problems.has("lv-filling") && isAsLargeAsUseful(facts, lv)) problems.delete("lv-filling");
  for (const { problem } of legs) if (problem) problems.add(problem);
  const { sync, health, fill, metaFill = null, dirty = null } = progressOf(top && array);
  return {
    health,
    fill,
    metaFill,
    dirty,
    // What the kernel calls in sync is not, where a leg's device has gone and it has not noticed.
    sync: legs.some(({ state }) => state === "missing") ? null : sync,
    availability: facts.discovery ? availabilityOf(lv, here, legs, problems, top ? undefined : onDisk) : null,
    legs,
    mismatches: top ? mismatchesOf(layers.flatMap((layer) => live.get(layer) ?? [])) : null,
    problems: [...problems],
  };
}

/** Of all its arrays; null when none tells. */
function mismatchesOf(arrays: readonly DmDevice[]): number | null {
  const told = arrays.flatMap((array) => raidHealthOf(array)?.mismatches ?? []);
  return told.length === 0 ? null : told.reduce((sum, each) => sum + each, 0);
}

const NO_LAYERS: ReadonlySet<string> = new Set();

/** The components of legs that do not work, which is said of the leg. */
function layersOut(lv: Lv, legs: readonly LegCondition[]): ReadonlySet<string> {
  const out = new Set(legs.flatMap(({ number, state }) => (DO_NOT_WORK.has(state) ? [number] : [])));
  if (out.size === 0) return NO_LAYERS;
  const own = components(lv).filter(({ chain }) => chain.some(({ number }) => out.has(number)));
  return new Set(own.map(({ layer }) => layer));
}

const DO_NOT_WORK: ReadonlySet<LegState> = new Set(["failed", "absent", "missing"]);

const cachingOf = ({ segments: [first] }: Lv) => first && typeOf(first)?.caches?.state(first);

/** Whether thin ids are otherwise than the metadata says. */
const idsOf = ({ segments: [first] }: Lv, top: DmDevice) => first && typeOf(first)?.idsAre?.(first, top);

/** What it keeps things in can be full without harm. */
function isAsLargeAsUseful({ metadata: { vg } }: Facts, { segments: [first] }: Lv): boolean {
  const [room] = (first && typeOf(first)?.rooms?.(first)) ?? [];
  return room?.most !== undefined && extentsIn(room.segments) >= room.most(vg.extentSize);
}

/** A stale leg takes no part. @param runs all of the LV */
function runsWritten(lv: Lv, runs: readonly Run[]): readonly Run[] {
  const stale = legsOf(lv).filter(({ state }) => state === "stale");
  if (stale.length === 0) return runs;
  const keyOf = ({ pv, start }: Run) => `${pv}/${start}`;
  const left = new Set(stale.flatMap(({ image, meta }) => runsIn([...image, ...meta]).map(keyOf)));
  return runs.filter((run) => !left.has(keyOf(run)));
}

function availabilityOf(
  lv: Lv,
  here: (run: Run) => boolean,
  legs: readonly LegCondition[],
  problems: ReadonlySet<LvProblem>,
  onDisk: Legs["lvs"][number] | undefined,
): Availability {
  const isReadable = onDisk?.readable !== false && isContentHere(lv, here, legs, problems);
  if (isReadable && problems.size === 0) return "complete";
  return worstOf([
    ...[...problems].map((problem) => lvProblems[problem]),
    ...(isReadable ? [] : ["unavailable" as const]),
  ]);
}

/** What of it has no legs is there, and what has, can be had from those that can be read. */
function isContentHere(
  { segments }: Lv,
  here: (run: Run) => boolean,
  legs: readonly LegCondition[],
  problems: ReadonlySet<LvProblem>,
): boolean {
  // Of ten thousand LVs, most have no legs, and all of their runs have been looked for.
  if (legs.length === 0) return !problems.has("lv-incomplete") || isServed(segments, here);
  const readable = new Set(legs.flatMap((leg) => (leg.readable ? [leg.number] : [])));
  return (
    segments.every((segment) => runsOf(segment).every(here)) &&
    isServed(
      segments,
      () => true,
      ({ number }) => readable.has(number),
    )
  );
}

const NONE: ReadonlyMap<string, DmDevice> = new Map();

/** The LV's live devices by component. */
function liveDevices(facts: Facts, lv: Lv): ReadonlyMap<string, DmDevice> {
  const pairs = facts.dmOf.get(lv.id);
  if (!pairs) return NONE;
  return new Map([...pairs.values()].flatMap(({ layer, live }) => (live ? [[layer, live] as const] : [])));
}

function addOfActivation(problems: Set<LvProblem>, state: string | null): void {
  if (state === "differs" || state === "partly") problems.add("lv-tables-differ");
  // Where something is missing there is nothing to compare with, and that is told.
  if (state === "live" && !problems.has("lv-incomplete")) problems.add("lv-tables-unknown");
}

function addOfDevices(problems: Set<LvProblem>, live: ReadonlyMap<string, DmDevice>): void {
  for (const [component, { table, suspended }] of live) {
    if (suspended) problems.add("lv-suspended");
    if (!table?.length && component === "") problems.add("lv-without-table");
    // Those under a leg are the leg's.
    if (legOfLayer(component) === undefined && table?.some(isErrorLine)) problems.add("lv-errors-mapped");
  }
}

/** @param out components that are passed over */
function addOfStatuses(
  problems: Set<LvProblem>,
  live: ReadonlyMap<string, DmDevice>,
  out: ReadonlySet<string>,
): void {
  for (const [layer, device] of live) if (!out.has(layer)) addOfStatus(problems, device);
}

function addOfStatus(problems: Set<LvProblem>, { table, status }: DmDevice): void {
  for (const [index, { type }] of (table ?? []).entries()) {
    const { decodeStatus, troubles } = targetOf(type);
    for (const trouble of troubles?.(decodeStatus?.(status?.[index] ?? "")) ?? [])
      problems.add(OF_TROUBLE[trouble]);
  }
}

const OF_TROUBLE: Readonly<Record<Trouble, LvProblem>> = {
  unreadable: "lv-status-unreadable",
  "stripe-failed": "lv-stripe-failed",
  "sync-stopped": "lv-sync-stopped",
  "copies-differ": "lv-copies-differ",
  "snapshot-lost": "lv-snapshot-lost",
  "merge-failed": "lv-merge-failed",
  filling: "lv-filling",
  "pool-failed": "pool-failed",
  "pool-read-only": "pool-read-only",
  "pool-needs-check": "pool-needs-check",
  "pool-full": "pool-full",
  "metadata-filling": "pool-metadata-filling",
  "cache-failed": "cache-failed",
  "cache-read-only": "cache-read-only",
};
