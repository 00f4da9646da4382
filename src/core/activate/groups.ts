/** Which devices must be suspended together: those that change and stand on one another. */
import { snapshotsBeside, type Work } from "./decide.ts";
import type { Device } from "./device.ts";
import type { Layout } from "./layout.ts";

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
  for (const device of members.keys()) {
    for (const other of [...device.children, ...device.currentChildren, ...snapshotsBeside(device)])
      if (members.has(other)) leaders.set(leaderOf(leaders, device), leaderOf(leaders, other));
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

export const isSuspendedByUs = ({ swap, quiesce, suspended }: Work): boolean =>
  (swap || quiesce) && !suspended;

const isMember = ({ swap, quiesce, suspended, delayed }: Work): boolean =>
  swap || quiesce || suspended || delayed;

/** Union-find with path halving. */
function leaderOf(leaders: Map<Device, Device>, device: Device): Device {
  let at = device;
  for (;;) {
    const up = leaders.get(at);
    if (up === undefined || up === at) return at;
    const above = leaders.get(up);
    if (above !== undefined) leaders.set(at, above);
    at = up;
  }
}
