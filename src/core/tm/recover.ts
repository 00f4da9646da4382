import type { Discovery, TmRecovered } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { keepBackup } from "./backup.ts";
import type { Envelope } from "./envelope.ts";
import { relabel, wipeLabels } from "./labels.ts";
import { regionsOf } from "./regions.ts";
import { isHarmless, type Problem, requireNone, survey, type View, warnStrangers } from "./survey.ts";
import type { TmLockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface TmRecoverOptions extends TmLockOptions {
  /** False: leave device-mapper alone, for a machine that has none. */
  readonly activate: boolean;
}

/**
 * Finishes a transaction that was decided, undoes one that was not, then makes labels and device-mapper agree
 * with the metadata. Does nothing to a VG that needs nothing; each step can be repeated, so being interrupted
 * itself is no harm.
 * @throws DvmError OUT_OF_SYNC, INCOMPLETE, STALE: what to do then, somebody has to decide; NOT_ACTIVATED
 *   when the metadata agrees and device-mapper does not
 */
export async function recoverVg(
  sys: Sys,
  discovery: Discovery,
  options: TmRecoverOptions,
): Promise<TmRecovered> {
  return withLock(sys, discovery, "exclusive", options.lockTimeoutMs, async () => {
    const before = await survey(sys, discovery);
    requireDecidable(before);
    warnStrangers(sys, before);
    const summary: string[] = [];
    const after = await finishRegions(sys, discovery, before, summary);
    requireDecidable(after);
    await finishLabels(sys, discovery, after, summary);
    if (options.activate) await finishDevices(sys, after, summary);
    return recovered(before, after, summary);
  });
}

/**
 * Only on all members can it be known whether one of them has seen the commit. What is harmless is mended
 * here; of an interrupted init there is nothing to keep. Where all members show that nothing was decided, it
 * is undone whoever else claims to be one; what to do with those is said afterwards.
 */
const requireDecidable = (view: View): void =>
  requireNone(
    view,
    (problem: Problem) =>
      isHarmless(problem) ||
      (view.state === "preparing" && ["empty", "strangers", "labels-ahead"].includes(problem.kind)),
  );

/**
 * Finishes or undoes what was begun in the regions.
 * @returns the view afterwards: clean
 */
export async function finishRegions(
  sys: Sys,
  discovery: Discovery,
  before: View,
  summary: string[],
): Promise<View> {
  const regions = regionsOf(sys, before.discovery);
  if (before.state === "clean") await regions.flush();
  if (before.state !== "preparing" && before.state !== "committing") return before;
  if (before.state === "preparing") {
    await regions.abort();
    summary.push("undid a transaction that was not committed");
  } else {
    const txid = await regions.commit();
    await keepBackup(sys, envelopeOf(before), txid);
    summary.push(`finished the commit of transaction ${txid}`);
  }
  const after = await survey(sys, discovery);
  if (after.state === "preparing" || after.state === "committing")
    throw new DvmError("HALF_DONE", `the regions of VG ${discovery.vg.name} are still ${after.state}`);
  return after;
}

/** Makes the labels agree with the envelope: those of members say what it says, pending ones of others go. */
export async function finishLabels(
  sys: Sys,
  discovery: Discovery,
  view: View,
  summary: string[],
): Promise<void> {
  const pending = view.strangers.filter(({ kind }) => kind === "pending").map(({ id }) => id);
  await wipeLabels(sys, discovery, pending);
  for (const id of pending) summary.push(`wiped the label of ${id}, which is no member`);
  const envelope = envelopeOf(view);
  const written = await relabel(sys, view.discovery, envelope);
  if (written > 0)
    summary.push(`wrote name ${envelope.name} and generation ${envelope.generation} to ${written} labels`);
}

/** Makes device-mapper agree with the metadata. @throws DvmError NOT_ACTIVATED */
export async function finishDevices(sys: Sys, view: View, summary: string[]): Promise<void> {
  const settled = activatorOf(sys, view.discovery).settle(envelopeOf(view).metadata);
  const done = await settled.catch((failure: unknown) => {
    const { message } = toDvmError(failure);
    throw new DvmError(
      "NOT_ACTIVATED",
      `the metadata is in order, device-mapper is not: ${message}; once that is ` +
        "mended, run tm recover again",
      { cause: failure },
    );
  });
  summary.push(...done);
}

export const envelopeOf = (view: View): Envelope => defined(view.envelope, "the envelope of a whole VG");

/** What recover gives. @param before what was found @param after what is there now */
export function recovered({ state }: Pick<View, "state">, after: View, summary: string[]): TmRecovered {
  const found = state === "preparing" || state === "committing" || state === "out-of-sync" ? state : "clean";
  return { found, txid: defined(after.txid, "the transaction of a clean VG"), summary };
}
