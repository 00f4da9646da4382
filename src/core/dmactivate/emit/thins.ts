/**
 * The thin ids of a pool in the programs: prepare creates, commit sets the transaction id before all else and
 * deletes after all else, abort deletes what prepare has created.
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
  if (create.length === 0) return { run() {} };
  return {
    run(assembly, undo, done) {
      const over = new Label();
      const open = new Label();
      assembly.add(isAt(name, transactionId), open);
      assembly.jump(over);
      assembly.place(open);
      assembly.add(isAt(name, transactionId - 1), undo);
      for (const thin of create) createThin(assembly, name, thin, done);
      assembly.place(over);
    },
    undo(assembly, failed) {
      const next = new Label();
      const here = new Label();
      const elsewhere = new Label();
      const unknown = new Label();
      assembly.add(isAt(name, transactionId - 1), elsewhere);
      assembly.jump(here);
      assembly.place(elsewhere);
      // Once it is over the ids may hold data.
      assembly.add(isAt(name, transactionId), unknown);
      assembly.jump(next);
      assembly.place(unknown);
      assembly.add({ op: "info", name, expect: { exists: false } }, failed ?? next);
      assembly.jump(next);
      assembly.place(here);
      for (const { id } of [...create].reverse()) deleteThin(assembly, name, id, failed);
      assembly.place(next);
    },
  };
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
        const open = new Label();
        assembly.add(isAt(name, to), open);
        assembly.jump(next);
        assembly.place(open);
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
  return (thins?.delete ?? []).map((id) => {
    const failed = new Label();
    return {
      clean: (assembly) => deleteThin(assembly, name, id, failed),
      failed(assembly) {
        // After a failed rename the name may mean another pool.
        assembly.add({ op: "info", name, expect: { uuid } }, failed);
        deleteThin(assembly, name, id, undefined);
        assembly.place(failed);
      },
    };
  });
}

function createThin(assembly: Assembly, pool: string, thin: NewThin, failed: Label): void {
  const leftOver = new Label();
  const undo = new Label();
  const made = new Label();
  const create = message(
    pool,
    thin.origin === undefined
      ? { message: "create_thin", id: thin.id }
      : { message: "create_snap", id: thin.id, origin: thin.origin },
  );
  const suspended = thin.suspends.map(({ current }) => ({
    name: current?.name ?? "",
    failed: new Label(),
    current,
  }));
  for (const { name, failed: notSuspended, current } of suspended) {
    // What a prepare that was cut off has loaded must not go live by the resume.
    if (current?.inactive?.length) assembly.add({ op: "clear", name }, notSuspended);
    assembly.add({ op: "suspend", name }, notSuspended);
  }
  assembly.add(create, leftOver);
  assembly.jump(made);
  assembly.place(leftOver);
  assembly.add(message(pool, { message: "delete", id: thin.id }), undo);
  assembly.add(create, undo);
  assembly.jump(made);
  assembly.place(undo);
  resumeAll(assembly, suspended.toReversed());
  assembly.jump(failed);
  assembly.place(made);
  resumeAll(
    assembly,
    suspended.toReversed().map(({ name }) => ({ name })),
  );
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
