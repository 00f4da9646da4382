/**
 * The transaction itself: two phases in the regions and two in device-mapper, interlocked so that whatever
 * instant ends this process, the regions hold the old or the new envelope and `recover` knows which.
 *
 *     regions prepare    the new envelope is on every disk, nobody reads it yet
 *     activator prepare  everything that can fail is checked or loaded, nobody sees it yet
 *     regions commit     THE commit point: the first region that has it decides
 *     activator commit   what users of devices see
 *     labels             only if members or name have changed
 *
 * A failure before the commit point is undone here, in reverse order. After it nothing is ever undone.
 *
 * Regions of devices that were members before commit first, those of new members after them. So no new member
 * ever holds the decision alone: should it vanish, the old members still know.
 */
import type { Activation, Discovery } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type Activator, activatorOf } from "./activator.ts";
import { afterUndo } from "./after-undo.ts";
import { among } from "./among.ts";
import { keepBackup } from "./backup.ts";
import type { Envelope } from "./envelope.ts";
import { relabel } from "./labels.ts";
import { type Regions, regionsOf } from "./regions.ts";

export interface MetadataChange {
  /** Every device that is a member before or afterwards. */
  readonly discovery: Discovery;
  /** The active envelope; undefined for the first one. */
  readonly old: Envelope | undefined;
  /** The transaction that the regions are at. */
  readonly txid: number;
  readonly next: Envelope;
  /**
   * - devices: dm devices are changed along
   * - check: only what volactivate refuses counts
   * - none: the metadata is the same, or there was none: device-mapper has no part in it
   */
  readonly activate: "devices" | "check" | "none";
  /** True: LVs come back that may have been there before, content and all. */
  readonly bringsBack?: boolean;
  /** Not all members of `old` take part. */
  readonly newEpoch?: boolean;
  /** What is left to do once it is committed and activated, before the labels. */
  readonly finish?: () => Promise<void>;
}

export interface TransactionDone {
  readonly txid: number;
  readonly summary: readonly string[];
}

/**
 * Runs a transaction on regions that are clean, under the exclusive lock.
 * @throws DvmError as the step that failed, everything being as before; HALF_DONE when it could be neither
 *   finished nor undone; NOT_ACTIVATED when the metadata is committed and the rest is not done
 */
export async function transact(sys: Sys, change: MetadataChange): Promise<TransactionDone> {
  const { discovery, old, next, activate, bringsBack = false, newEpoch = false } = change;
  const members = among(discovery, next.members);
  const regions = regionsOf(sys, members);
  const activator = activatorOf(sys, discovery);

  await regions.prepare(next, { newEpoch, dryRun: false });
  let activation: Activation | undefined;
  try {
    if (old && activate !== "none")
      activation = await activator.prepare(old.metadata, next.metadata, {
        activate: activate === "devices",
        dryRun: false,
        wipe: !bringsBack,
      });
  } catch (failure) {
    throw await undo(failure, regions, activator, undefined);
  }
  const txid = await commitRegions(sys, members, change, (failure) =>
    undo(failure, regions, activator, activation),
  );

  const done: TransactionDone = { txid, summary: activation?.summary ?? [] };
  try {
    if (activation) await activator.commit(activation);
    await change.finish?.();
    if (old && old.name !== next.name) sys.terminal.wording.renames(next.vgId);
    if (old && (old.generation !== next.generation || old.name !== next.name))
      await relabel(sys, members, next);
  } catch (failure) {
    throw notActivated(failure, done);
  } finally {
    // Last, since what it writes to is no part of the VG and may be slow.
    await keepBackup(sys, next, txid);
  }
  return done;
}

/** True for a failure after which there is something that only `recover` may touch. */
export const isForRecovery = (failure: unknown): boolean =>
  ["HALF_DONE", "NOT_ACTIVATED"].includes(toDvmError(failure).code);

/** @returns the transaction that is committed everywhere */
async function commitRegions(
  sys: Sys,
  members: Discovery,
  { old, txid: before }: MetadataChange,
  undoAfter: (failure: unknown) => Promise<unknown>,
): Promise<number> {
  const all = regionsOf(sys, members);
  try {
    const deciding = old ? among(members, old.members) : members;
    if (deciding.regions.length < members.regions.length) await regionsOf(sys, deciding).commit();
    return await all.commit();
  } catch (failure) {
    // What counts is what is on the disks, not what the call said about it.
    const after = await all.state().catch(() => undefined);
    if (after?.state === "clean" && after.active && after.active.txid > before) {
      await all.flush().catch((cause: unknown) => {
        throw halfDone(`transaction ${after.active?.txid} may stand in caches alone`, cause);
      });
      return after.active.txid;
    }
    if (after?.state === "preparing" && toDvmError(failure).code !== "HALF_DONE")
      throw await undoAfter(failure);
    throw halfDone("the commit did not reach every region", failure);
  }
}

/** Undoes what was prepared. @returns what to throw */
const undo = (
  failure: unknown,
  regions: Regions,
  activator: Activator,
  activation: Activation | undefined,
): Promise<unknown> =>
  afterUndo(failure, "undoing failed too", async () => {
    if (activation) await activator.abort(activation);
    await regions.abort();
  });

function halfDone(what: string, cause: unknown): DvmError {
  return new DvmError("HALF_DONE", `${what}: ${toDvmError(cause).message}; run tm recover`, { cause });
}

function notActivated(failure: unknown, { txid, summary }: TransactionDone): DvmError {
  const { message, details } = toDvmError(failure);
  const why = typeof details["failure"] === "string" ? details["failure"] : message;
  return new DvmError(
    "NOT_ACTIVATED",
    `the metadata is committed as transaction ${txid}, but then: ${why}; run tm recover`,
    { cause: failure, details: { txid }, output: { txid, changed: true, summary: [...summary] } },
  );
}
