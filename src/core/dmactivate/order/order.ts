/**
 * The fourth phase: what goes before what. What stands on others is suspended and removed before them, and
 * loaded and resumed after them.
 */
import { assert } from "../../base/assert.ts";
import type { Device } from "../compare/device.ts";
import { type Decision, type Decisions, isNew } from "../decide/decision.ts";
import { snapshotsBeside } from "../decide/snapshots.ts";
import { orderNodes } from "../graph/topological.ts";
import { groupDecisions, isSuspendedByUs, type SuspendGroup } from "./groups.ts";
import { layersOf, type Removal } from "./removals.ts";

export interface PlanOrder {
  /**
   * As they are prepared: what is an error target before it goes, then what is desired, children before
   * parents.
   */
  readonly prepare: readonly Decision[];
  /** What is suspended together at the commit. */
  readonly groups: readonly SuspendGroup[];
  /**
   * New devices that go live at the end of the commit, children before parents and snapshots before their
   * origin.
   */
  readonly appear: readonly Decision[];
  /** What goes, parents before children. */
  readonly going: readonly Device[];
  /** The same in layers: what is in one has nothing to do with one another. */
  readonly removals: readonly (readonly Removal[])[];
}

export function order({ devices, names, merges, of }: Decisions): PlanOrder {
  const prepare = [...of.values()];
  const wanted = prepare.filter(({ device }) => !device.going).map(({ device }) => device);
  const errorsFirst = prepare.filter(({ device }) => device.going);
  const { sorted } = orderNodes(wanted, (device) => [...device.children, ...snapshotsBeside(device)]);
  const resume = [...errorsFirst, ...sorted.flatMap((device) => of.get(device) ?? [])];
  const there = devices.all.filter((device) => device.current);
  const suspend = orderNodes(there, (device) => device.liveHolders).sorted;
  const going = suspend.filter((device) => device.going);
  const groups = groupDecisions(of, resume, suspend);
  checkOrder(prepare, resume, groups);
  return {
    prepare,
    groups,
    appear: resume.filter((decision) => isNew(decision) && !decision.delayed && !decision.resumeAtOnce),
    going,
    removals: layersOf(devices.all, going, names, merges),
  };
}

/** Each device has one place, behind all that it stands on, and is suspended once if it is at all. */
function checkOrder(
  prepare: readonly Decision[],
  resume: readonly Decision[],
  groups: readonly SuspendGroup[],
): void {
  assert(resume.length === prepare.length, "every device has its place in the order");
  const seen = new Set<Device>();
  for (const { device } of prepare) {
    assert(!seen.has(device), "a device has one place in the order");
    seen.add(device);
    for (const child of device.children)
      assert(seen.has(child) || !child.desired, "what a device stands on comes before it");
  }
  const suspended = groups.flatMap(({ suspends }) => suspends);
  const due = prepare.filter(isSuspendedByUs);
  assert(new Set(suspended).size === due.length, "what is swapped or quiesced is suspended");
  assert(suspended.length === due.length, "a device is suspended once");
}
