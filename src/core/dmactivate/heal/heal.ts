/**
 * The third phase: what a program that was cut off has left suspended.
 *
 * It stays so until the commit has put everything below it where it belongs: whoever looks through it sees
 * the old or the new, never a mixture. But what is suspended below something that is to be loaded, resumed or
 * suspended would hold that up for ever. So it is resumed before anything else, and the plan is made from
 * what is there then.
 */
import type { Instruction, Table } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { Sectors } from "../../base/units.ts";
import { areasOf } from "../../dm/areas.ts";
import { hasType } from "../../dm/has-type.ts";
import { referenceOf } from "../../dm/references.ts";
import { isSnapshot } from "../../dm/snapshot-roles.ts";
import { targetOf } from "../../dm/targets/index.ts";
import type { DeviceRange } from "../../dm/targets/target.ts";
import { type Device, type Devices, nameOf, referencesOf } from "../compare/device.ts";
import { isPool, wouldTakeTooMuch } from "../compare/pool-room.ts";
import { distrusting, freshnessChecks } from "../compare/stale-table.ts";
import type { Decision, Decisions } from "../decide/decision.ts";
import { reaches } from "../graph/reaches.ts";
import { orderNodes } from "../graph/topological.ts";
import { leaderOf } from "../graph/union-find.ts";

/** A device that was found suspended and is resumed before all else. */
export interface Heal {
  readonly name: string;
  readonly uuid: string;
  /** loaded: the table that was loaded goes live; live: it is cleared, if there is one. */
  readonly with: "loaded" | "live";
  readonly inactive: Table | undefined;
  readonly readOnly: boolean | undefined;
  /** The loaded table may not know what has happened since, so it is loaded again, and trusts nothing. */
  readonly anew: boolean;
  /** What must hold for all that. */
  readonly checks: readonly Instruction[];
}

/**
 * What has to be resumed first, children before parents. Nothing when nothing is held up by what is
 * suspended.
 * @throws DvmError BAD_INPUT for a pool that would take more room by that than it is to have
 */
export function heal({ devices, of }: Decisions): Heal[] {
  if (!devices.all.some(({ current }) => current?.suspended)) return [];
  const below = heldUpBelow(devices, of);
  const held = devices.all.filter((device) => below.has(device) && isHealed(device));
  refuseGreedyPools(devices, held);
  const forward = usable(devices, new Set([...partsOf(held)].flatMap((parts) => [...goForward(of, parts)])));
  const heals = new Map(held.map((device) => [device, healOf(device, forward.has(device))]));
  const there = devices.all.filter(({ current }) => current);
  const { sorted } = orderNodes(there, (device) => {
    if (heals.get(device)?.with !== "loaded") return device.currentChildren;
    return loadedChildren(devices.byCurrentName, device);
  });
  return sorted.flatMap((device) => heals.get(device) ?? []);
}

function refuseGreedyPools(devices: Devices, held: readonly Device[]): void {
  const greedy = held.find((device) => wouldTakeTooMuch(devices, device));
  if (greedy)
    throw new DvmError(
      "BAD_INPUT",
      `pool ${nameOf(greedy)} was found suspended and has to be resumed first: it would take more room ` +
        "than it is to have, " +
        "and never gets smaller",
    );
}

/** Ours, suspended, and with a table: without one there is nothing to hold up. */
const isHealed = ({ current, desired, going }: Device): boolean =>
  Boolean(current?.suspended && current.table?.length && (desired || going));

function healOf(device: Device, loaded: boolean): Heal {
  const { current, uuid } = device;
  const name = current?.name ?? "";
  const inactive = current?.inactive?.length ? current.inactive : undefined;
  const checks = loaded && inactive ? freshnessChecks(device, name, inactive) : [];
  return {
    name,
    uuid,
    with: loaded ? "loaded" : "live",
    inactive: current && inactive && checks.length > 0 ? distrusting(inactive, current) : inactive,
    readOnly: current?.readOnly,
    anew: checks.length > 0,
    checks,
  };
}

/** Which of those that hang together take the tables that were loaded. */
function goForward(of: Decisions["of"], parts: readonly Device[]): ReadonlySet<Device> {
  if (!parts.some((device) => isYetToMove(of, device)))
    return new Set(
      parts.filter((device) => {
        const decision = of.get(device);
        // What must not get its new table unless a check holds is suspended and checked by the commit.
        return decision && goesForward(decision) && decision.mustHold.length === 0;
      }),
    );
  // Where something below is not where it belongs nobody can go there yet. If nothing has gone live they all
  // go back.
  if (parts.some(isCutEarly)) return new Set();
  // Otherwise they fit what is there if each takes that one of its tables which it shall not have.
  return new Set(
    parts.filter((device) => {
      const decision = of.get(device);
      // A pool that has taken more room never gives it back, and its blocks are where they were by either of
      // its tables.
      return !goesForward(decision) && !decision?.early?.isLoaded && !hasType(device.current?.table, isPool);
    }),
  );
}

/** Something below it has a table loaded and is not suspended. */
const isCutEarly = (device: Device): boolean =>
  reaches(
    device.currentChildren,
    ({ currentChildren }) => currentChildren,
    ({ current }) => Boolean(current?.inactive?.length && !current.suspended),
  );

/** What the table that is loaded stands on. */
const loadedChildren = (byName: Devices["byCurrentName"], { current }: Pick<Device, "current">): Device[] =>
  [...referencesOf(current?.inactive ?? [])].flatMap((name) => byName.get(name) ?? []);

/**
 * Those whose loaded table stands on what is there, and long enough. What is not lets others down that would
 * stand on it, so they are looked at until no more fall out.
 */
function usable({ byCurrentName }: Devices, forward: ReadonlySet<Device>): ReadonlySet<Device> {
  const left = new Set(forward);
  const lengthOf = (name: string): Sectors => {
    const device = byCurrentName.get(name);
    const last = (device && left.has(device) ? device.current?.inactive : device?.current?.table)?.at(-1);
    return last ? last.start + last.length : 0;
  };
  const isLongEnough = ({ device, start, length }: DeviceRange): boolean => {
    const name = referenceOf(device);
    return name === undefined || Math.max(1, start + length) <= lengthOf(name);
  };
  const isUsable = ({ current }: Device): boolean =>
    Boolean(current?.inactive?.length) &&
    loadedChildren(byCurrentName, { current }).every(({ current }) => current?.table?.length) &&
    (current?.inactive ?? []).flatMap(areasOf).every(isLongEnough);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const device of left) if (!isUsable(device)) left.delete(device);
  }
  return left;
}

/** All that stands below what would be held up. */
function heldUpBelow({ all, byCurrentName }: Devices, of: Decisions["of"]): Set<Device> {
  const found = new Set<Device>();
  const open: Device[] = [];
  for (const device of all) {
    const decision = of.get(device);
    const reads = decision !== undefined && readsBefore(decision);
    if (reads) open.push(...device.children);
    if (reads || isYetToBeSuspended(device, decision)) open.push(...device.currentChildren);
    if (decision?.thins) open.push(device);
  }
  for (let device = open.pop(); device; device = open.pop()) {
    if (found.has(device)) continue;
    found.add(device);
    open.push(...device.currentChildren);
    if (isHealed(device)) open.push(...loadedChildren(byCurrentName, device));
  }
  return found;
}

/** While preparing its constructors, or whoever looks at what is new, read from what it is to stand on. */
const readsBefore = ({ early, resumeAtOnce, load, table }: Decision): boolean =>
  early !== undefined || resumeAtOnce || (load && !isLoadedQuietly(table));

const isLoadedQuietly = (table: Table): boolean => table.every(({ type }) => targetOf(type).loadsQuietly);

/** The commit suspends it, which waits for what is in flight below. */
const isYetToBeSuspended = ({ going, current }: Device, decision: Decision | undefined): boolean =>
  decision
    ? !decision.foundSuspended && (decision.swap || decision.quiesce)
    : going && !current?.suspended && hasType(current?.table, isSnapshot);

/** The loaded table is the desired one. */
const goesForward = (decision: Decision | undefined): boolean => Boolean(decision?.swap && !decision.load);

/** Something below it is not yet where it belongs, and will be when the commit is done. */
const isYetToMove = (of: Decisions["of"], device: Device): boolean =>
  reaches(
    device.children,
    ({ children }) => children,
    (child) => {
      const decision = of.get(child);
      return decision !== undefined && !isThere(decision);
    },
  );

/** It keeps what it has, or gets it by nothing but being resumed. */
const isThere = (decision: Decision): boolean =>
  !decision.early && !(decision.moves && !(decision.foundSuspended && goesForward(decision)));

/** Those that stand on one another, or on the same, belong together. */
function partsOf(held: readonly Device[]): Iterable<readonly Device[]> {
  const leaders = new Map<Device, Device>();
  const seen = new Map<Device, Device>();
  for (const device of held) {
    const open = [device];
    for (let at = open.pop(); at; at = open.pop()) {
      const first = seen.get(at);
      if (first) {
        leaders.set(leaderOf(leaders, device), leaderOf(leaders, first));
        continue;
      }
      seen.set(at, device);
      open.push(...at.children, ...at.currentChildren);
    }
  }
  const parts = new Map<Device, Device[]>();
  for (const device of held) {
    const leader = leaderOf(leaders, device);
    const part = parts.get(leader);
    if (part) part.push(device);
    else parts.set(leader, [device]);
  }
  return parts.values();
}
