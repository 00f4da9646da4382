import type { Discovery, TmRecovered } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { among, idsOf } from "./among.ts";
import { envelopeOf, finishDevices, finishLabels, recovered, type TmRecoverOptions } from "./recover.ts";
import { type Region, regionsAt, regionsOf } from "./regions.ts";
import {
  isHarmless,
  type Problem,
  requireNone,
  requireNoProblem,
  shortly,
  survey,
  type View,
} from "./survey.ts";
import { transact } from "./transact.ts";
import { requireFinished } from "./with-changeable.ts";
import { withLock } from "./with-lock.ts";

export interface ResyncOptions extends TmRecoverOptions {
  /** Ids or paths of the devices. */
  readonly resync: readonly string[];
}

/**
 * Brings devices up to date that have come back: their regions to the state of the others, damaged pages of
 * it too, and themselves among the members when the VG has gone on without them. The metadata stays as it is:
 * whether their data can be used is for a mutator to say.
 * @throws DvmError NOT_FOUND for a device that is not there, ALREADY_PREPARED, INCOMPLETE; OUT_OF_SYNC when a
 *   device knows transactions that the others do not: then somebody has to choose
 */
export async function resync(sys: Sys, found: Discovery, options: ResyncOptions): Promise<TmRecovered> {
  return withLock(sys, found, "exclusive", options.lockTimeoutMs, async () => {
    const ids = idsOf(found, options.resync);
    const before = await survey(sys, found);
    requireFinished(before);
    const { from, to, left, current, others } = await whatDiffers(sys, found, before, ids);
    const summary: string[] = [];
    if (left.length > 0) await regionsAt(sys, left).abort();
    if (to.length > 0) {
      await regionsAt(sys, to).sync(from, false);
      summary.push(`brought ${to.length} regions up to date`);
    }
    if (current.length > 0 && others.length > 0) {
      const pages = await regionsAt(sys, current).sync(others, false);
      if (pages > 0) summary.push(`wrote ${pages} pages anew in place of damaged ones`);
    }
    const view = await survey(sys, found);
    requireNone(view, isHealed(view, ids));
    await finishLabels(sys, found, { ...view, strangers: [] }, summary);
    const joined = await takeIn(sys, found, view, ids, summary);
    if (options.activate) await finishDevices(sys, joined, summary);
    return recovered(before, joined, summary);
  });
}

/**
 * Which regions of the devices are behind (`to`), where what they lack is (`from`), which are up to date
 * (`current`) as other devices' are (`others`), and which of them have something prepared that an earlier try
 * has left (`left`): the members know nothing of it, so it was never decided.
 */
async function whatDiffers(
  sys: Sys,
  found: Discovery,
  view: View,
  ids: readonly string[],
): Promise<Record<"from" | "to" | "left" | "current" | "others", readonly Region[]>> {
  if (view.state !== "out-of-sync") requireNone(view, isHealed(view, ids));
  // Devices that have left and are not asked for may hold anything.
  const members = view.envelope?.members ?? found.devices.map(({ id }) => id);
  const concerned = among(found, [...members, ...ids]);
  const set = await regionsOf(sys, concerned).state();
  const { active } = set;
  if (!active || (view.txid !== null && active.txid !== view.txid)) {
    const { problems } = view;
    requireNoProblem({ problems: problems.filter(({ kind }) => kind === "out-of-sync") });
    // What has gone its own way may have counted alike: only a member's word is the VG's.
    const ofMembers = new Set(among(found, members).devices.map(({ path }) => path));
    const own = concerned.regions.findIndex(({ path }) => ofMembers.has(path));
    const state = set.regions[own]?.active;
    if (!state)
      throw new DvmError(
        "IO",
        `${concerned.regions[own]?.path}: the metadata could be read a moment ago, and cannot any more`,
      );
    throw new DvmError(
      "OUT_OF_SYNC",
      `${ids.join(", ")} knows transactions that VG ${found.vg.name} does not. To give them up: tm ` +
        `recover --choose ${shortly(state)}`,
    );
  }
  const paths = new Set(among(found, ids).devices.map(({ path }) => path));
  const regions = concerned.regions.map((region, index) => ({
    region,
    isCurrent: set.regions[index]?.active?.contentHash === active.contentHash,
    isMeant: paths.has(region.path),
    isPrepared: Boolean(set.regions[index]?.shadow),
  }));
  const those = (which: (one: (typeof regions)[0]) => boolean) =>
    regions.filter(which).map(({ region }) => region);
  return {
    from: those(({ isCurrent }) => isCurrent),
    to: those(({ isCurrent, isMeant }) => isMeant && !isCurrent),
    current: those(({ isCurrent, isMeant }) => isMeant && isCurrent),
    others: those(({ isCurrent, isMeant }) => !isMeant && isCurrent),
    left: those(({ isCurrent, isMeant, isPrepared }) => isMeant && isCurrent && isPrepared),
  };
}

/**
 * What is set right by taking the devices in: that their labels know of a membership which the VG does not.
 */
function isHealed({ strangers }: View, ids: readonly string[]): (problem: Problem) => boolean {
  const odd = strangers.filter(({ kind }) => kind === "odd");
  const areTakenIn = odd.length > 0 && odd.every(({ id }) => ids.includes(id));
  return (problem) =>
    (isHarmless(problem) && problem.kind !== "unfinished") ||
    (areTakenIn && (problem.kind === "strangers" || problem.kind === "labels-ahead"));
}

/** Makes those of the devices members that are none. */
async function takeIn(
  sys: Sys,
  found: Discovery,
  view: View,
  ids: readonly string[],
  summary: string[],
): Promise<View> {
  const old = envelopeOf(view);
  const joining = ids.filter((id) => !old.members.includes(id));
  if (joining.length === 0) return view;
  const members = [...old.members, ...joining].sort();
  const discovery = among(found, members);
  const next = { ...old, members, generation: Math.max(old.generation, found.vg.generation) + 1 };
  const txid = defined(view.txid, "the transaction of a clean VG");
  const done = await transact(sys, { discovery, old, txid, next, activate: "none" });
  summary.push(...joining.map((id) => `${id} is a member again`));
  return { ...view, discovery, envelope: next, txid: done.txid };
}
