/** Which devices must be suspended together: those that change and stand on one another, whatever is in between. */

import type { Device } from "../compare/device.ts";
import { snapshotsBeside, type Work } from "../decide/decide.ts";
import { leaderOf } from "../graph/union-find.ts";
import type { Layout } from "../layout.ts";

/** Suspended all, then resumed all. Groups have nothing to do with each other, so each is done by itself. */
export interface Group {
  /** Parents before children. */
  readonly suspends: readonly Work[];
  /** Children before parents: those suspended, those found suspended, and new ones that had to wait. */
  readonly resumes: readonly Work[];
}

/** @returns the groups, in the order of their lowest devices */
export function groupWorks({ works, resumeOrder, suspendOrder }: Layout): Group[] {
  const members = new Map(works.filter(isMember).map((work) => [work.device, work]));
  const leaders = new Map<Device, Device>();
  const unite = (device: Device, other: Device) =>
    leaders.set(leaderOf(leaders, device), leaderOf(leaders, other));
  const isPart = (device: Device) => {
    const work = members.get(device);
    return work !== undefined && (work.swap || work.quiesce || work.suspended);
  };
  const belowNow = walker(isPart, ({ currentChildren }) => currentChildren);
  const belowThen = walker(isPart, ({ children }) => children);
  for (const [device, { swap, suspended }] of members) {
    for (const other of [...device.children, ...device.currentChildren, ...snapshotsBeside(device)])
      if (members.has(other)) unite(device, other);
    if (swap || suspended)
      for (const other of [...belowNow(device), ...belowThen(device)]) unite(device, other);
  }
  const groups = new Map<Device, { readonly suspends: Work[]; readonly resumes: Work[] }>();
  const groupOf = (device: Device) => {
    const leader = leaderOf(leaders, device);
    const group = groups.get(leader) ?? { suspends: [], resumes: [] };
    groups.set(leader, group);
    return group;
  };
  for (const work of resumeOrder) if (members.has(work.device)) groupOf(work.device).resumes.push(work);
  for (const device of suspendOrder) {
    const work = members.get(device);
    if (work && isSuspendedByUs(work)) groupOf(device).suspends.push(work);
  }
  return [...groups.values()];
}

const isSuspendedByUs = ({ swap, quiesce, suspended }: Work): boolean => (swap || quiesce) && !suspended;

const isMember = ({ swap, quiesce, suspended, delayed }: Work): boolean =>
  swap || quiesce || suspended || delayed;

/**
 * What a device leads to by way of devices that do not hold their breath themselves: such as go, such as stay as they are,
 * such as are new. Were either replaced first, the table above would for a while lead to where it never shall.
 * @param childrenOf as live tables have it, or as desired ones have it
 */
function walker(
  isPart: (device: Device) => boolean,
  childrenOf: (device: Device) => readonly Device[],
): (device: Device) => readonly Device[] {
  const leadsNowhere = new Set<Device>();
  return (device) => {
    const found: Device[] = [];
    const seen = new Set<Device>();
    const open = [...childrenOf(device)];
    for (let child = open.pop(); child; child = open.pop()) {
      if (isPart(child)) found.push(child);
      else if (!seen.has(child) && !leadsNowhere.has(child)) {
        seen.add(child);
        open.push(...childrenOf(child));
      }
    }
    if (found.length === 0) for (const each of seen) leadsNowhere.add(each);
    return found;
  };
}
