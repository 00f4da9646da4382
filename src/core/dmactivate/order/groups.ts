/**
 * Which devices must be suspended together: those that change and stand on one another, whatever is in
 * between.
 */
import type { Device } from "../compare/device.ts";
import { type Decision, isNew } from "../decide/decision.ts";
import { snapshotsBeside } from "../decide/snapshots.ts";
import { leaderOf } from "../graph/union-find.ts";

/** Suspended all, then resumed all. Groups have nothing to do with each other, so each is done by itself. */
export interface SuspendGroup {
  /** Parents before children. */
  readonly suspends: readonly Decision[];
  /** Children before parents: those suspended, those found suspended, and new ones that had to wait. */
  readonly resumes: readonly Decision[];
}

/**
 * @param resume all devices in the order in which they are resumed
 * @param suspend all that are there in the order in which they are suspended
 * @returns the groups, in the order of their lowest devices
 */
export function groupDecisions(
  decisions: ReadonlyMap<Device, Decision>,
  resume: readonly Decision[],
  suspend: readonly Device[],
): SuspendGroup[] {
  const members = new Map([...decisions].filter(([, each]) => isSuspended(each) || each.delayed));
  const leaders = uniteMembers(members);
  const groups = new Map<Device, { readonly suspends: Decision[]; readonly resumes: Decision[] }>();
  const groupOf = (device: Device) => {
    const leader = leaderOf(leaders, device);
    const group = groups.get(leader) ?? { suspends: [], resumes: [] };
    groups.set(leader, group);
    return group;
  };
  for (const decision of resume)
    if (members.has(decision.device)) groupOf(decision.device).resumes.push(decision);
  for (const device of suspend) {
    const decision = members.get(device);
    if (decision && isSuspendedByUs(decision)) groupOf(device).suspends.push(decision);
  }
  return [...groups.values()];
}

/** @returns for leaderOf: members that must be suspended together have the same leader */
function uniteMembers(members: ReadonlyMap<Device, Decision>): Map<Device, Device> {
  const leaders = new Map<Device, Device>();
  const unite = (device: Device, other: Device) =>
    leaders.set(leaderOf(leaders, device), leaderOf(leaders, other));
  const atOneInstant = [...members.keys()].filter((device) => isTaken(device, members));
  for (const device of atOneInstant) unite(device, atOneInstant[0] ?? device);
  const isPart = (device: Device) => {
    const decision = members.get(device);
    return decision !== undefined && isSuspended(decision);
  };
  const belowNow = walker(isPart, ({ currentChildren }) => currentChildren);
  const belowThen = walker(isPart, ({ children }) => children);
  for (const [device, { swap, foundSuspended }] of members) {
    for (const other of [...device.children, ...device.currentChildren, ...snapshotsBeside(device)])
      if (members.has(other)) unite(device, other);
    if (swap || foundSuspended)
      for (const other of [...belowNow(device), ...belowThen(device)]) unite(device, other);
  }
  return leaders;
}

/** Snapshots of it are taken: those of all origins are taken at one instant. */
const isTaken = (device: Device, members: ReadonlyMap<Device, Decision>): boolean =>
  snapshotsBeside(device).some((snapshot) => {
    const decision = members.get(snapshot);
    return decision !== undefined && isNew(decision);
  });

const isSuspended = ({ swap, quiesce, foundSuspended }: Decision): boolean =>
  swap || quiesce || foundSuspended;

/** The commit suspends it; what was found suspended is so already. */
export const isSuspendedByUs = ({ swap, quiesce, foundSuspended }: Decision): boolean =>
  (swap || quiesce) && !foundSuspended;

/**
 * What a device leads to by way of devices that are not suspended themselves: such as go, such as stay as
 * they are, such as are new. Were either replaced first, the table above would for a while lead to where it
 * never shall.
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
