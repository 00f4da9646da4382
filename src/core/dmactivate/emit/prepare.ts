/**
 * prepare, and abort, which is the undoing of prepare.
 *
 * prepare is a row of steps. When one fails, the program jumps into a tail that undoes the steps before it,
 * last first: one tail serves all steps, entered at different places. The tail is there twice: undoing that
 * itself fails goes over to the second one at the same step, tries it again, goes on, and ends with 8.
 */
import type { Instruction } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { type Decision, isTouched } from "../decide/decision.ts";
import { closedForMerge } from "../decide/merges.ts";
import { type Assembly, Label } from "./assembly.ts";
import type { PlannedChange } from "./change.ts";
import {
  createStep,
  earlyStep,
  errorUntilCommitStep,
  firstResumeStep,
  foundLoadedStep,
  loadStep,
} from "./prepare-steps.ts";
import { resumeFound } from "./resume-found.ts";
import { type Later, PATIENCE, type UndoableStep } from "./step.ts";
import { thinStep } from "./thins.ts";

/** Where failures during prepare go; the tail that takes them is written by `finish`. */
export interface PrepareTail {
  /** Writes the handlers and the undo tail. To be called when nothing more can fall through to it. */
  finish(): void;
}

/** Writes prepare's instructions into an assembly, that of prepare itself or of a program that goes on. */
export function writePrepare(assembly: Assembly, change: PlannedChange): PrepareTail {
  for (const each of change.heals) resumeFound(assembly, each);
  for (const check of checks(change)) assembly.add(check);
  const steps = change.order.prepare.flatMap((decision) => stepsOf(decision, true));
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

/** Writes all of abort, for a prepare that succeeded, or that was cut off anywhere. */
export function writeAbort(assembly: Assembly, { order }: PlannedChange): void {
  const steps = order.prepare.flatMap((decision) => stepsOf(decision, false));
  const entries = steps.map(() => new Label());
  writeTails(assembly, steps, entries, new Label(), { undone: 0, failed: 8 });
}

function writeTails(
  assembly: Assembly,
  steps: readonly UndoableStep[],
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
function checks({ decisions: { devices, names, merges }, order }: PlannedChange): Instruction[] {
  const free = names.mustBeFree.map((name): Instruction => ({ op: "info", name, expect: { exists: false } }));
  const same = order.prepare.flatMap((decision): Instruction[] => {
    const { uuid, current } = decision.device;
    return current && isTouched(decision) ? [{ op: "info", name: current.name, expect: { uuid } }] : [];
  });
  // Those who have it open besides the tables of dm devices may only be looking at it.
  const going = devices.all.flatMap(({ uuid, current, going, holdingTables }): Instruction[] => {
    if (!current || !going) return [];
    const expect = { uuid, openAtMost: holdingTables };
    return [{ op: "info", name: current.name, expect, attempts: PATIENCE }];
  });
  const merging = [...merges.keys()].flatMap((device) =>
    closedForMerge(device, merges).map((check) => ({ ...check, attempts: PATIENCE }) as Instruction),
  );
  return [...free, ...same, ...going, ...merging];
}

/** @param isDone what is undone has been done before by the same program */
function stepsOf(decision: Decision, isDone: boolean): UndoableStep[] {
  const { finding, errorUntilCommit, early, load, swap, resumeAtOnce, thins } = decision;
  const steps: UndoableStep[] = [];
  if (finding === "absent") steps.push(createStep(decision, isDone));
  if (errorUntilCommit) steps.push(errorUntilCommitStep(decision));
  if (early) steps.push(earlyStep(decision, early));
  if (load) steps.push(loadStep(decision));
  else if (swap || (finding === "empty" && !resumeAtOnce)) steps.push(foundLoadedStep(decision));
  if (resumeAtOnce) steps.push(firstResumeStep(decision));
  if (thins) steps.push(thinStep(decision, thins));
  return steps;
}
