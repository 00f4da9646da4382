/**
 * prepare, and abort, which is the undoing of prepare.
 *
 * prepare is a row of steps. When one fails, the program jumps into a tail that undoes the steps before it,
 * last first: one tail serves all steps, entered at different places. The tail is there twice: undoing that
 * itself fails goes over to the second one at the same step, tries it again, goes on, and ends with 8.
 */
import type { Instruction, Program } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { errorTable, lengthOf } from "../compare/same-table.ts";
import { freshnessChecks, isOverwritten, mayBeStale, writeAgain } from "../compare/stale-table.ts";
import { isResumedAtOnce, isTouched, type Work } from "../decide/decide.ts";
import type { Heal } from "../heal/heal.ts";
import type { Layout } from "../layout.ts";
import { Assembly, Label } from "./assembly.ts";
import {
  attempt,
  type Failed,
  type Later,
  load,
  PATIENCE,
  removeIfThere,
  resumeAgain,
  resumeAnew,
  resumeOld,
  type Step,
} from "./step.ts";
import { thinStep } from "./thins.ts";

/** Where failures during prepare go; the tail that takes them is written by `finish`. */
export interface Prepared {
  /** Writes the handlers and the undo tail. To be called when nothing more can fall through to it. */
  finish(): void;
}

/** Writes prepare's instructions into an assembly, that of prepare itself or of a program that goes on. */
export function writePrepare(assembly: Assembly, layout: Layout): Prepared {
  for (const each of layout.heals) heal(assembly, each);
  for (const check of checks(layout)) assembly.add(check);
  const steps = layout.works.flatMap((work) => stepsOf(work, true));
  const entries = steps.map(() => new Label());
  const start = new Label();
  const handlers: (() => void)[] = [];
  const later: Later = (write) => handlers.push(write);
  steps.forEach((step, index) => {
    const undo = index === 0 ? start : defined(entries[index - 1], "entry");
    step.run(assembly, undo, defined(entries[index], "entry"), later);
  });
  return {
    finish() {
      for (const write of handlers) write();
      writeTails(assembly, steps, entries, start, { undone: 1, failed: 8 });
    },
  };
}

/** prepare: leaves all as it was with 1, or something half done with 8, when it cannot do its work. */
export function prepareProgram(layout: Layout): Program {
  const assembly = new Assembly();
  const prepared = writePrepare(assembly, layout);
  assembly.exit(0);
  prepared.finish();
  return assembly.finish();
}

/** abort: after a prepare that succeeded, or that was cut off anywhere. */
export function abortProgram(layout: Layout): Program {
  const assembly = new Assembly();
  const steps = layout.works.flatMap((work) => stepsOf(work, false));
  const entries = steps.map(() => new Label());
  writeTails(assembly, steps, entries, new Label(), { undone: 0, failed: 8 });
  return assembly.finish();
}

function writeTails(
  assembly: Assembly,
  steps: readonly Step[],
  entries: readonly Label[],
  start: Label,
  exits: { readonly undone: number; readonly failed: number },
): void {
  const again = steps.map(() => new Label());
  if (steps.length === 0 && exits.undone !== 0) return;
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    assembly.place(defined(entries[index], "entry"));
    steps[index]?.undo?.(assembly, defined(again[index], "entry"));
  }
  assembly.place(start);
  assembly.exit(exits.undone);
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    assembly.place(defined(again[index], "entry"));
    steps[index]?.undo?.(assembly, undefined);
  }
  if (steps.some(({ undo }) => undo)) assembly.exit(exits.failed);
}

/** What else could fail later, looked at before anything is done. They end the program with 1. */
function checks({ devices, names, works }: Layout): Instruction[] {
  const free = names.mustBeFree.map((name): Instruction => ({ op: "info", name, expect: { exists: false } }));
  const same = works.flatMap((work): Instruction[] => {
    const { uuid, current } = work.device;
    return current && isTouched(work) ? [{ op: "info", name: current.name, expect: { uuid } }] : [];
  });
  // Those who have it open besides the tables of dm devices may only be looking at it.
  const going = devices.all.flatMap(({ uuid, current, going, holdingTables }): Instruction[] => {
    if (!current || !going) return [];
    const expect = { uuid, openAtMost: holdingTables };
    return [{ op: "info", name: current.name, expect, attempts: PATIENCE }];
  });
  return [...free, ...same, ...going];
}

/** @param isDone what is undone has been done before by the same program */
function stepsOf(work: Work, isDone: boolean): Step[] {
  const steps: Step[] = [];
  if (work.kind === "create") steps.push(createStep(work, isDone));
  if (work.standIn) steps.push(standInStep(work));
  if (work.early) steps.push(earlyStep(work));
  if (work.load) steps.push(loadStep(work));
  else if (work.swap || (work.kind === "fill" && !isResumedAtOnce(work))) steps.push(foundLoadedStep(work));
  if (isResumedAtOnce(work)) steps.push(firstResumeStep(work));
  if (work.thins) steps.push(thinStep(work, work.thins));
  return steps;
}

/**
 * Resumes what a crash left suspended below something. It stays so: nobody wants it suspended again. If it does not get the
 * table that all the rest is planned for, the program ends with 1.
 */
function heal(assembly: Assembly, { name, uuid, with: which, inactive, readOnly, anew, checks }: Heal): void {
  const next = new Label();
  const failed = new Label();
  assembly.add({ op: "info", name, expect: { uuid } });
  for (const check of checks) assembly.add(check);
  if (inactive && (which === "live" || anew)) assembly.add({ op: "clear", name });
  if (inactive && anew) {
    const unloaded = new Label();
    const loaded = new Label();
    assembly.add(load(name, inactive, readOnly), unloaded);
    assembly.jump(loaded);
    assembly.place(unloaded);
    assembly.add({ op: "resume", name }, failed);
    assembly.exit(1);
    assembly.place(loaded);
  }
  assembly.add({ op: "resume", name }, failed);
  assembly.jump(next);
  assembly.place(failed);
  if (which === "loaded" && inactive) resumeAnew(assembly, load(name, inactive, readOnly), next);
  resumeAgain(assembly, name);
  if (which === "loaded") assembly.exit(1);
  assembly.place(next);
}

function createStep(work: Work, isDone: boolean): Step {
  const { name, device } = work;
  // What cannot be resumed at once is removed there and then.
  const isThere = isDone && !isResumedAtOnce(work) && !work.standIn;
  return {
    run: (assembly, undo) => assembly.add({ op: "create", name, uuid: device.uuid }, undo),
    undo: (assembly, failed) => removeIfThere(assembly, name, device, failed, isThere),
  };
}

/** Loads the table that goes live at the commit, or when the device is first resumed. */
function loadStep(work: Work): Step {
  const { name, table, desired } = work;
  const run: Step["run"] = (assembly, undo) => {
    // Some targets, snapshots among them, cannot be loaded twice.
    const { device } = work;
    if (device.current?.inactive?.length) assembly.add({ op: "clear", name }, undo);
    if (isOverwritten(device, device.current?.inactive)) writeAgain(assembly, name);
    assembly.add(load(name, table, desired.readOnly), undo);
  };
  // What is created is removed, table and all; what went live early is loaded with its old table again.
  const undone = work.kind === "create" || work.early || work.standIn || isResumedAtOnce(work);
  return undone ? { run } : { run, undo: undoLoad(work) };
}

/** The right table is loaded already, by a prepare that was cut off: abort does away with it all the same. */
const foundLoadedStep = (work: Work): Step => ({ run() {}, undo: undoLoad(work) });

const undoLoad =
  ({ name, device, table }: Work): NonNullable<Step["undo"]> =>
  (assembly, failed) => {
    attempt(assembly, { op: "clear", name }, failed);
    if (isOverwritten(device, table)) writeAgain(assembly, name);
  };

/** A new component goes live at once: the constructors of its parents look at its size and read from it. */
function firstResumeStep({ name, kind, device }: Work): Step {
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
        resumeAgain(assembly, name);
        assembly.jump(done);
      });
    },
    // One that was found without a table cannot lose its first one again, but nobody has seen it either.
    ...(kind === "fill" && {
      undo: (assembly: Assembly, failed: Failed) => removeIfThere(assembly, name, device, failed),
    }),
  };
}

/** What must not work yet has its length at once, and gets its own table at the commit. */
function standInStep(work: Work): Step {
  const first = firstResumeStep(work);
  const standIn = load(work.name, errorTable(lengthOf(work.table)), undefined);
  return {
    ...first,
    run(assembly, undo, done, later) {
      assembly.add(standIn, undo);
      first.run(assembly, undo, done, later);
    },
  };
}

/**
 * A hidden component gets its table at once, and its old one back when the transaction is undone. One that would not know
 * what happens between load and resume is loaded while it is suspended.
 */
function earlyStep(work: Work): Step {
  const { name, device, desired } = work;
  const early = defined(work.early, "early table");
  const old = defined(device.current?.table, "live table");
  const found = device.current?.suspended ?? false;
  const late = mayBeStale(early.table) && mayBeStale(old);
  return {
    run(assembly, undo, done) {
      const failed = new Label();
      const loading = load(name, early.table, desired.readOnly);
      if (!early.loaded && !late) assembly.add(loading, undo);
      if (!found) assembly.add(suspendQuickly(name), late ? undo : done);
      if (late) assembly.add(loading, failed);
      const next = new Label();
      assembly.add({ op: "resume", name }, failed);
      assembly.jump(next);
      assembly.place(failed);
      (late ? resumeOld : resumeAgain)(assembly, name);
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
      // It has served since then, and something has failed: it keeps what it has, and planning again takes account of that.
      for (const check of checks) assembly.add(check, grown);
      if (late) assembly.add(loading, cannotResume);
      assembly.add({ op: "resume", name }, cannotResume);
      assembly.jump(next);
      assembly.place(grown);
      assembly.place(cannotResume);
      (late ? resumeOld : resumeAgain)(assembly, name);
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
