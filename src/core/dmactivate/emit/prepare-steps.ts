/** The steps of prepare, save those of thin ids. */
import type { Instruction } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { freshnessChecks, mayBeStale } from "../compare/stale-table.ts";
import type { Decision } from "../decide/decision.ts";
import { type Assembly, Label } from "./assembly.ts";
import { resumeLiveOrEnd, resumeOldOrEnd } from "./resume.ts";
import { attempt, type FailureLabel, load, removeIfThere, type UndoableStep } from "./step.ts";
import { isOverwritten, writeAgain } from "./write-again.ts";

export function createStep(decision: Decision, isDone: boolean): UndoableStep {
  const { name, device } = decision;
  // What cannot be resumed at once is removed there and then.
  const isThere = isDone && !decision.resumeAtOnce && !decision.errorUntilCommit;
  return {
    run: (assembly, undo) => assembly.add({ op: "create", name, uuid: device.uuid }, undo),
    undo: (assembly, failed) => removeIfThere(assembly, name, device, failed, isThere),
  };
}

/** Loads the table that goes live at the commit, or when the device is first resumed. */
export function loadStep(decision: Decision): UndoableStep {
  const { name, table, desired, device, finding, early, errorUntilCommit, resumeAtOnce } = decision;
  const run: UndoableStep["run"] = (assembly, undo) => {
    // Some targets, snapshots among them, cannot be loaded twice.
    if (device.current?.inactive?.length) assembly.add({ op: "clear", name }, undo);
    if (isOverwritten(device, device.current?.inactive)) writeAgain(assembly, name);
    assembly.add(load(name, table, desired.readOnly), undo);
  };
  // What is created is removed, table and all; what went live early is loaded with its old table again.
  const undone = finding === "absent" || early || errorUntilCommit || resumeAtOnce;
  return undone ? { run } : { run, undo: undoLoad(decision) };
}

/** The right table is loaded already, by a prepare that was cut off: abort does away with it all the same. */
export const foundLoadedStep = (decision: Decision): UndoableStep => ({ run() {}, undo: undoLoad(decision) });

const undoLoad =
  ({ name, device, table }: Decision): NonNullable<UndoableStep["undo"]> =>
  (assembly, failed) => {
    attempt(assembly, { op: "clear", name }, failed);
    if (isOverwritten(device, table)) writeAgain(assembly, name);
  };

/** A new component goes live at once: the constructors of its parents look at its size and read from it. */
export function firstResumeStep({ name, finding, device }: Decision): UndoableStep {
  return {
    run(assembly, undo, done, later) {
      const failed = new Label();
      assembly.add({ op: "resume", name }, failed);
      later(() => {
        assembly.place(failed);
        const stays = new Label();
        assembly.add({ op: "remove", name }, stays);
        // It is gone, so its own undoing finds nothing.
        assembly.jump(undo);
        assembly.place(stays);
        resumeLiveOrEnd(assembly, name);
        assembly.jump(done);
      });
    },
    // One that was found without a table cannot lose its first one again, but nobody has seen it either.
    ...(finding === "empty" && {
      undo: (assembly: Assembly, failed: FailureLabel) => removeIfThere(assembly, name, device, failed),
    }),
  };
}

/** What must not work yet has its length at once, and gets its own table at the commit. */
export function errorUntilCommitStep(decision: Decision): UndoableStep {
  const first = firstResumeStep(decision);
  const error = load(decision.name, errorTable(lengthOf(decision.table)), undefined);
  return {
    ...first,
    run(assembly, undo, done, later) {
      assembly.add(error, undo);
      first.run(assembly, undo, done, later);
    },
  };
}

/**
 * A hidden component gets its table at once, and its old one back when the transaction is undone. One that
 * would not know what happens between load and resume is loaded while it is suspended.
 */
export function earlyStep(
  { name, device, desired }: Decision,
  early: NonNullable<Decision["early"]>,
): UndoableStep {
  const old = defined(device.current?.table, "live table");
  const foundSuspended = device.current?.suspended ?? false;
  const late = mayBeStale(early.table) && mayBeStale(old);
  return {
    run(assembly, undo, done) {
      const failed = new Label();
      const loading = load(name, early.table, desired.readOnly);
      if (!early.isLoaded && !late) assembly.add(loading, undo);
      if (!foundSuspended) assembly.add(suspendQuickly(name), late ? undo : done);
      if (late) assembly.add(loading, failed);
      const next = new Label();
      assembly.add({ op: "resume", name }, failed);
      assembly.jump(next);
      assembly.place(failed);
      (late ? resumeOldOrEnd : resumeLiveOrEnd)(assembly, name);
      assembly.jump(done);
      assembly.place(next);
    },
    undo(assembly, failed) {
      const next = new Label();
      const cannotSuspend = new Label();
      const cannotResume = new Label();
      const loading = load(name, old, device.current?.readOnly);
      if (!late) attempt(assembly, loading, failed, next);
      assembly.add(suspendQuickly(name), cannotSuspend);
      const grown = new Label();
      const checks = late ? freshnessChecks(device, name, old) : [];
      // It has served since then, and something has failed: it keeps what it has, and planning again takes
      // account of that.
      for (const check of checks) assembly.add(check, grown);
      if (late) assembly.add(loading, cannotResume);
      assembly.add({ op: "resume", name }, cannotResume);
      assembly.jump(next);
      assembly.place(grown);
      assembly.place(cannotResume);
      (late ? resumeOldOrEnd : resumeLiveOrEnd)(assembly, name);
      if (failed) assembly.jump(failed);
      else assembly.jump(next);
      assembly.place(cannotSuspend);
      assembly.tryTo({ op: "clear", name });
      if (failed) assembly.jump(failed);
      assembly.place(next);
    },
  };
}

/** Only dm devices are above: no file system to freeze, and nobody who waits for what is in flight. */
const suspendQuickly = (name: string): Instruction => ({
  op: "suspend",
  name,
  noflush: true,
  skipLockfs: true,
});
