/**
 * The thin ids of a pool in the programs: prepare creates, commit sets the transaction id before all else and
 * deletes after all else, which the next id tells, abort deletes what prepare has created.
 */
import type { Instruction } from "../../../schema/index.ts";
import { encodeThinMessage, type ThinMessage } from "../../dm/targets/thin-message.ts";
import { thinPool } from "../../dm/targets/thin-pool.ts";
import type { Decision } from "../decide/decision.ts";
import type { NewThin, PoolChanges } from "../decide/pool-changes.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { CommitStep } from "./commit-step.ts";
import { resume, resumeLive } from "./resume.ts";
import type { FailureLabel, UndoableStep } from "./step.ts";

/** prepare: creates the ids, unless the transaction is over. The pool is live by now. */
export function thinStep({ name }: Decision, changes: PoolChanges): UndoableStep {
  const { transactionId, create } = changes;
  return {
    run(assembly, undo, done) {
      const over = new Label();
      ifDone(assembly, name, changes, over);
      // Whatever else it is at, it is not the pool that the metadata means.
      assembly.add(isAt(name, transactionId - 1), undo);
      if (create.length > 0) createThins(assembly, name, create, done);
      assembly.place(over);
    },
    ...(create.length > 0 && {
      undo: (assembly: Assembly, failed: FailureLabel) => deleteCreated(assembly, name, changes, failed),
    }),
  };
}

function deleteCreated(assembly: Assembly, name: string, changes: PoolChanges, failed: FailureLabel): void {
  const next = new Label();
  const here = new Label();
  const elsewhere = new Label();
  assembly.add(isAt(name, changes.transactionId - 1), elsewhere);
  assembly.jump(here);
  assembly.place(elsewhere);
  // Once it is over the ids may hold data.
  ifDone(assembly, name, changes, next);
  assembly.add({ op: "info", name, expect: { exists: false } }, failed ?? next);
  assembly.jump(next);
  assembly.place(here);
  for (const { id } of [...changes.create].reverse()) deleteThin(assembly, name, id, failed);
  assembly.place(next);
}

/** Jumps there when what was to be created is there, whether or not the rest is gone. */
function ifDone(assembly: Assembly, name: string, { transactionId, last }: PoolChanges, there: Label): void {
  for (const id of new Set([transactionId, last])) ifAt(assembly, name, id, there);
}

function ifAt(assembly: Assembly, name: string, id: number, there: Label): void {
  const not = new Label();
  assembly.add(isAt(name, id), not);
  assembly.jump(there);
  assembly.place(not);
}

/** commit, first of all: from here on the new ids count. If that fails, nothing else is done. */
export function transactionStep({ name, thins }: Decision): CommitStep[] {
  if (!thins || thins.over) return [];
  const { transactionId: to } = thins;
  const failed = new Label();
  return [
    {
      clean(assembly) {
        const next = new Label();
        ifDone(assembly, name, thins, next);
        assembly.add(message(name, { message: "set_transaction_id", from: to - 1, to }), failed);
        assembly.place(next);
      },
      failed(assembly) {
        assembly.place(failed);
        assembly.exit(1);
      },
    },
  ];
}

/** commit, when the devices that used them are gone. */
export function deleteStep({ device: { uuid }, desired: { name }, thins }: Decision): CommitStep[] {
  if (!thins || thins.last === thins.transactionId) return [];
  const failed = new Label();
  return [
    {
      clean: (assembly) => deleteAll(assembly, name, thins, failed),
      failed(assembly) {
        // After a failed rename the name may mean another pool.
        assembly.add({ op: "info", name, expect: { uuid } }, failed);
        deleteAll(assembly, name, thins, failed);
        assembly.place(failed);
      },
    },
  ];
}

/** The id that says that all are gone comes last: as long as one may be there it is not set. */
function deleteAll(assembly: Assembly, name: string, changes: PoolChanges, failed: Label): void {
  const { transactionId: from, last: to } = changes;
  const next = new Label();
  ifAt(assembly, name, to, next);
  for (const id of changes.delete) deleteThin(assembly, name, id, failed);
  assembly.add(message(name, { message: "set_transaction_id", from, to }), failed);
  assembly.place(next);
}

/** All at one instant: whatever is snapshotted is suspended before the first, and goes on after the last. */
function createThins(assembly: Assembly, pool: string, thins: readonly NewThin[], failed: Label): void {
  const undo = new Label();
  const end = new Label();
  const suspended = [...new Set(thins.flatMap(({ suspends }) => suspends))].map(({ current }) => ({
    name: current?.name ?? "",
    failed: new Label(),
    current,
  }));
  for (const { name, failed: notSuspended, current } of suspended) {
    // What a prepare that was cut off has loaded must not go live by the resume.
    if (current?.inactive?.length) assembly.add({ op: "clear", name }, notSuspended);
    assembly.add({ op: "suspend", name }, notSuspended);
  }
  for (const thin of thins) createThin(assembly, pool, thin, undo);
  resumeAll(
    assembly,
    suspended.toReversed().map(({ name }) => ({ name })),
  );
  assembly.jump(end);
  assembly.place(undo);
  resumeAll(assembly, suspended.toReversed());
  assembly.jump(failed);
  assembly.place(end);
}

function createThin(assembly: Assembly, pool: string, { id, origin }: NewThin, undo: Label): void {
  const leftOver = new Label();
  const made = new Label();
  const create = message(
    pool,
    origin === undefined ? { message: "create_thin", id } : { message: "create_snap", id, origin },
  );
  assembly.add(create, leftOver);
  assembly.jump(made);
  assembly.place(leftOver);
  assembly.add(message(pool, { message: "delete", id }), undo);
  assembly.add(create, undo);
  assembly.place(made);
}

interface Suspended {
  readonly name: string;
  /** Where to go when its own suspend has failed. */
  readonly failed?: Label;
}

/** What cannot be resumed ends with 8, after all others are resumed. */
function resumeAll(assembly: Assembly, suspended: readonly Suspended[]): void {
  for (const [index, { name, failed: notSuspended }] of suspended.entries()) {
    const again = new Label();
    const stuck = new Label();
    const next = new Label();
    assembly.add({ op: "resume", name }, again);
    assembly.jump(next);
    assembly.place(again);
    resumeLive(assembly, name, stuck);
    assembly.jump(next);
    assembly.place(stuck);
    for (const other of suspended.slice(index + 1)) resume(assembly, other.name, undefined);
    assembly.exit(8);
    assembly.place(next);
    if (notSuspended) assembly.place(notSuspended);
  }
}

/**
 * Deletes an id. One that is gone already cannot be deleted, which is no failure, and shows in that it can be
 * created.
 */
function deleteThin(assembly: Assembly, pool: string, id: number, failed: FailureLabel): void {
  const next = new Label();
  const refused = new Label();
  const remove = message(pool, { message: "delete", id });
  assembly.add(remove, refused);
  assembly.jump(next);
  assembly.place(refused);
  assembly.add(message(pool, { message: "create_thin", id }), failed ?? next);
  assembly.add(remove, failed ?? next);
  assembly.place(next);
}

const isAt = (name: string, transactionId: number): Instruction => ({
  op: "check-status",
  name,
  type: thinPool.type,
  words: [{ at: 0, is: String(transactionId) }],
});

const message = (name: string, thin: ThinMessage): Instruction => ({
  op: "message",
  name,
  message: encodeThinMessage(thin),
});
