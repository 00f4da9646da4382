/**
 * The second phase: what is done with each device. Pure, linear in devices and references.
 *
 * The rule behind it: until the metadata is committed nothing may change that the user of a live device can
 * see, and after it nothing may fail that could have been tried before. So whatever only adds is done while
 * preparing (new devices, loaded tables, components that grow at their end), the rest at the commit.
 */
import type { Table } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { hasType } from "../../dm/has-type.ts";
import { mapDevices, referenceOf } from "../../dm/references.ts";
import { hasDifferences, isOrigin } from "../../dm/snapshot-roles.ts";
import { errorLine } from "../../dm/targets/error.ts";
import { targetOf } from "../../dm/targets/index.ts";
import type { Compared, Comparison } from "../compare/compare.ts";
import { type Device, type Devices, findDesired } from "../compare/device.ts";
import { hasMoreMetadata } from "../compare/pool-room.ts";
import { lengthOf } from "../compare/same-table.ts";
import { distrusting, freshnessChecks } from "../compare/stale-table.ts";
import { checkDecision, type Decision, type Decisions, isNew, NOTHING } from "./decision.ts";
import { lastCopyCheck } from "./last-copy.ts";
import { closedForMerge, findMerges, type Merges } from "./merges.ts";
import { type Names, planNames } from "./names.ts";
import { type PoolChanges, poolChanges } from "./pool-changes.ts";
import { refuseBadTables, refuseUsed } from "./refuse.ts";
import { errorsBeforeRemoval, refuseStores } from "./removed.ts";
import { snapshotsBeside } from "./snapshots.ts";
import { storesOf, worksAlone } from "./stores.ts";

/** @throws DvmError BAD_INPUT, IN_USE, EXISTS, TABLES_DIFFER for what cannot be done, or must not be */
export function decide(comparison: Comparison): Decisions {
  const { devices, compared } = comparison;
  refuseUsed(devices);
  const names = planNames(devices);
  const pools = poolChanges(comparison);
  refuseBadTables(comparison);
  const merges = findMerges(devices);
  const decider = new Decider(comparison, names, pools, merges);
  const wanted = new Map<Device, Decision>();
  for (const [device, each] of compared) wanted.set(device, decider.decide(each, wanted));
  refuseStores(devices, wanted);
  const first = errorsBeforeRemoval(comparison, merges);
  const of = first.size > 0 ? new Map([...first, ...wanted]) : wanted;
  of.forEach(checkDecision);
  return { devices, names, merges, of };
}

/** Decisions on what a device is to stand on, made before its own. */
type Below = ReadonlyMap<Device, Decision>;

class Decider {
  readonly #devices: Devices;
  readonly #compared: ReadonlyMap<Device, Compared>;
  readonly #names: Names;
  readonly #pools: ReadonlyMap<Device, PoolChanges>;
  /**
   * Suspended while preparing, for snapshots in a pool. What is loaded is cleared before that, so it is
   * loaded again.
   */
  readonly #suspendedEarly: ReadonlySet<Device>;

  readonly #merges: Merges;

  constructor(
    { devices, compared }: Comparison,
    names: Names,
    pools: ReadonlyMap<Device, PoolChanges>,
    merges: Merges,
  ) {
    this.#merges = merges;
    this.#devices = devices;
    this.#compared = compared;
    this.#names = names;
    this.#pools = pools;
    const created = [...pools.values()].flatMap(({ create }) => create);
    this.#suspendedEarly = new Set(created.flatMap(({ suspends }) => suspends));
  }

  decide(compared: Compared, below: Below): Decision {
    const { finding } = compared;
    if (finding === "same") return this.#keep(compared);
    return finding === "differs" ? this.#change(compared, below) : this.#begin(compared, below);
  }

  /** What holds when nothing is done. */
  #base({ device, desired, finding, moves, shifts }: Compared): Decision {
    return {
      device,
      desired,
      finding,
      moves,
      shifts,
      name: this.#names.nameWhilePreparing(device),
      table: renamed(this.#devices, desired.table, this.#names),
      ...NOTHING,
      thins: this.#pools.get(device),
    };
  }

  #begin(compared: Compared, below: Below): Decision {
    const { device, desired } = compared;
    const base = this.#base(compared);
    const component = isComponent(device);
    const errorUntilCommit =
      component && !base.thins && worksAlone(desired.table) && (compared.unsettled || isUsedBelow(device));
    const delayed =
      errorUntilCommit ||
      hasType(desired.table, isDelayedType) ||
      device.children.some((child) => isDelayed(below.get(child)));
    return {
      ...base,
      load: errorUntilCommit || !compared.isLoaded,
      resumeAtOnce: (component || base.thins !== undefined) && !delayed,
      delayed,
      errorUntilCommit,
    };
  }

  #keep(compared: Compared): Decision {
    const { current } = compared.device;
    const foundSuspended = current?.suspended ?? false;
    return {
      ...this.#base(compared),
      foundSuspended,
      quiesce: !foundSuspended && this.#mustQuiesce(compared),
      clear: Boolean(current?.inactive?.length),
    };
  }

  #change(compared: Compared, below: Below): Decision {
    const { device, desired, onlyGrows } = compared;
    const current = defined(device.current, "current device");
    const live = defined(current.table, "live table");
    const base = this.#base(compared);
    const table = distrusting(base.table, current);
    const isLoaded = compared.isLoaded && !this.#suspendedEarly.has(device);
    const hidden = isHidden(device) && (current.readOnly || !desired.readOnly);
    if (hidden && onlyGrows && !leadsBack(device, below) && !isTakenUp(device))
      return { ...base, table, early: { table, isLoaded }, quiesce: this.#mustQuiesce(compared) };
    // Its parents' constructors want the new size, while what it maps must not change yet.
    const isPadded = hidden && compared.getsLonger && !hasType(live, isSingleton) && !isTakenUp(device);
    const early = isPadded ? { table: padded(live, lengthOf(desired.table)), isLoaded: false } : undefined;
    const foundSuspended = !isPadded && (current.suspended ?? false);
    return {
      ...base,
      table,
      early,
      load: isPadded || !isLoaded,
      swap: true,
      foundSuspended,
      mustHold: this.#mustHold(device, base.name, table, foundSuspended),
    };
  }

  /** Parents of what moves, and the origin of a snapshot that appears, stop writing for that moment. */
  #mustQuiesce({ device, desired }: Compared): boolean {
    const appears = (other: Device) => this.#compared.get(other)?.finding !== "same";
    return (
      device.children.some((child) => this.#compared.get(child)?.moves) ||
      (hasType(desired.table, isOrigin) && snapshotsBeside(device).some(appears)) ||
      hasMoreMetadata(this.#devices, device)
    );
  }

  #mustHold(device: Device, name: string, table: Table, foundSuspended: boolean): Decision["mustHold"] {
    const last = lastCopyCheck(this.#devices, device, name);
    if (last) return [last];
    if (this.#merges.has(device) && !foundSuspended) return closedForMerge(device, this.#merges);
    // What was found suspended has been loaded since then.
    return foundSuspended ? [] : freshnessChecks(device, name, table);
  }
}

/** Another desired device refers to it. */
const isComponent = ({ parents }: Device): boolean => parents.length > 0;

/** Nobody but dm devices can be looking at it now: what it gains at its end is not seen. */
const isHidden = (device: Device): boolean =>
  isComponent(device) && (device.holders.length > 0 || device.current?.openCount === 0);

/**
 * A live table that keeps a store on it writes to what it gains as soon as that is there: nothing of it can
 * be taken back.
 */
const isTakenUp = ({ current, holders }: Device): boolean =>
  holders.some(({ current: holder }) =>
    holder?.table?.some(
      (line) => targetOf(line.type).usesGrowthAtOnce && storesOf([line]).has(current?.name ?? ""),
    ),
  );

/** No error target can be put behind it. */
const isSingleton = (type: string): boolean => targetOf(type).features.singleton ?? false;

/** A snapshot, or what stands for an origin of some: nobody may see what it does before the commit. */
const isDelayedType = (type: string): boolean => isOrigin(type) || hasDifferences(type);

/** What stands on an error target can go live before that is replaced. */
const isDelayed = (decision: Decision | undefined): boolean =>
  Boolean(decision?.delayed && !decision.errorUntilCommit);

/** Somebody has what it is to stand on open, or something else stands on that. */
function isUsedBelow(device: Device): boolean {
  const below = new Set(device.children);
  for (const { children, currentChildren } of below)
    for (const child of [...children, ...currentChildren]) below.add(child);
  for (const { current, holders, holdingTables } of below) {
    if ((current?.openCount ?? 0) > holdingTables) return true;
    if (holders.some((holder) => holder !== device && !below.has(holder))) return true;
  }
  return false;
}

/**
 * With what it gains it would stand on itself until the commit has swapped what is in between: a flush would
 * go round for ever.
 */
function leadsBack(device: Device, decided: Below): boolean {
  const held = new Set(device.currentChildren);
  const seen = new Set(device.children.filter((child) => !held.has(child)));
  for (const child of seen) {
    if (child === device) return true;
    for (const below of child.currentChildren) seen.add(below);
    const decision = decided.get(child);
    if (decision && (decision.early || isNew(decision))) for (const below of child.children) seen.add(below);
  }
  return false;
}

/** The live table with an error target behind it: the length of the new one, the content of the old one. */
function padded(live: Table, newLength: number): Table {
  const length = lengthOf(live);
  return [...live, errorLine({ start: length, length: newLength - length })];
}

function renamed(devices: Devices, table: Table, names: Names): Table {
  return table.map((line) =>
    line.params.includes("@")
      ? mapDevices(line, (token) => {
          const name = referenceOf(token);
          const device = name === undefined ? undefined : findDesired(devices, name);
          return device ? `@${names.nameWhilePreparing(device)}` : token;
        })
      : line,
  );
}
