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
 */
import type { Activation, Discovery } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type Activator, activatorOf } from "./activator.ts";
import { keepBackup } from "./backup.ts";
import type { Envelope } from "./envelope.ts";
import { relabel } from "./labels.ts";
import { type Regions, regionsOf } from "./regions.ts";

export interface Change {
  readonly discovery: Discovery;
  /** The active envelope; undefined for the first one, with which nothing is activated. */
  readonly old: Envelope | undefined;
  /** The transaction that the regions are at. */
  readonly txid: number;
  readonly next: Envelope;
  readonly activate: boolean;
}

export interface Done {
  readonly txid: number;
  readonly summary: readonly string[];
}

/**
 * Runs a transaction on regions that are clean, under the exclusive lock.
 * @throws DvmError as the step that failed, everything being as before; HALF_DONE when it could be neither
 *   finished nor undone; NOT_ACTIVATED when the metadata is committed and the rest is not done
 */
export async function transact(sys: Sys, change: Change): Promise<Done> {
  const { discovery, old, next, activate } = change;
  const regions = regionsOf(sys, discovery);
  const activator = activatorOf(sys, discovery);

  await regions.prepare(next);
  let activation: Activation | undefined;
  try {
    if (old) activation = await activator.prepare(old.metadata, next.metadata, { activate, dryRun: false });
  } catch (failure) {
    throw await undo(failure, regions, activator, undefined);
  }
  const txid = await commitRegions(regions, change.txid, (failure) =>
    undo(failure, regions, activator, activation),
  );

  const done: Done = { txid, summary: activation?.summary ?? [] };
  await keepBackup(sys, next, txid);
  try {
    if (activation) await activator.commit(activation);
    if (old && (old.generation !== next.generation || old.name !== next.name))
      await relabel(sys, discovery, next);
  } catch (failure) {
    throw notActivated(failure, done);
  }
  return done;
}

/** @returns the transaction that is committed everywhere */
async function commitRegions(
  regions: Regions,
  before: number,
  undoAfter: (failure: unknown) => Promise<unknown>,
): Promise<number> {
  try {
    return await regions.commit();
  } catch (failure) {
    // What counts is what is on the disks, not what the call said about it.
    const after = await regions.state().catch(() => undefined);
    if (after?.state === "clean" && after.txid !== null && after.txid > before) return after.txid;
    if (after?.state === "preparing" && toDvmError(failure).code !== "HALF_DONE")
      throw await undoAfter(failure);
    throw halfDone("the commit did not reach every region", failure);
  }
}

/** Undoes what was prepared. @returns what to throw */
async function undo(
  failure: unknown,
  regions: Regions,
  activator: Activator,
  activation: Activation | undefined,
): Promise<unknown> {
  try {
    if (activation) await activator.abort(activation);
    await regions.abort();
    return failure;
  } catch (thrown) {
    return halfDone(`${toDvmError(failure).message}; then undoing failed too`, thrown);
  }
}

function halfDone(what: string, cause: unknown): DvmError {
  return new DvmError("HALF_DONE", `${what}: ${toDvmError(cause).message}; run tm recover`, { cause });
}

function notActivated(failure: unknown, { txid, summary }: Done): DvmError {
  return new DvmError(
    "NOT_ACTIVATED",
    `the metadata is committed as transaction ${txid}, but then: ${toDvmError(failure).message}; run tm recover`,
    { cause: failure, details: { txid }, output: { txid, changed: true, summary: [...summary] } },
  );
}
