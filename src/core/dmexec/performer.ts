/** The two ways to perform the operations of a program. */
import type { Dm, DmFailure, ReadyOperations } from "../port/dm.ts";
import { failureOf } from "./failure.ts";
import type { Instruction } from "./instructions.ts";
import { inquire, operate } from "./operate.ts";

export interface Outcome {
  readonly failure?: DmFailure;
  /** What it gathered. */
  readonly value?: unknown;
}

/** Performs the operations of one program, each once. */
export interface Performer {
  /** @returns whether it was done */
  perform(at: number, instruction: Instruction): boolean;
  /** That the operation was not even tried. */
  refuse(at: number, failure: DmFailure): void;
  /** What came of an operation. May take memory. */
  outcome(at: number, instruction: Instruction): Outcome;
}

export interface PlainPerformer extends Performer {
  /** These devices have been removed already, by removals that are still to come. */
  foresee(removed: ReadonlySet<string> | undefined): void;
}

const DONE: Outcome = {};

/** By the methods of device-mapper. */
export function plainPerformer(dm: Dm): PlainPerformer {
  const outcomes = new Map<number, Outcome>();
  const gone = new Set<string>();
  return {
    foresee(removed = new Set()) {
      for (const name of removed) gone.add(name);
    },
    perform(at, instruction) {
      if (instruction.op === "remove" && gone.delete(instruction.name)) {
        return true;
      }
      try {
        const value = operate(dm, instruction);
        if (value !== undefined) outcomes.set(at, { value });
        return true;
      } catch (thrown) {
        outcomes.set(at, { failure: failureOf(thrown) });
        return false;
      }
    },
    refuse: (at, failure) => void outcomes.set(at, { failure }),
    outcome: (at) => outcomes.get(at) ?? DONE,
  };
}

/** By operations that were made ready, so that performing them takes no memory. */
export function readyPerformer(ready: ReadyOperations): Performer {
  const refused = new Map<number, DmFailure>();
  const answered = (at: number, instruction: Instruction): unknown => inquire(ready.answers(at), instruction);
  return {
    perform(at, instruction) {
      const done = ready.perform(at);
      if (!hasExpectation(instruction)) return done;
      // A little memory for an answer that decides how the program goes on.
      try {
        answered(at, instruction);
        return true;
      } catch (thrown) {
        failureOf(thrown);
        return false;
      }
    },
    refuse: (at, failure) => void refused.set(at, failure),
    outcome(at, instruction) {
      const failure = refused.get(at) ?? ready.failure(at);
      if (failure && !hasExpectation(instruction)) return { failure };
      if (!ANSWERED.has(instruction.op)) return {};
      try {
        return { value: answered(at, instruction) };
      } catch (thrown) {
        return { failure: failureOf(thrown) };
      }
    },
  };
}

/** Operations whose answer may make them fail. */
const hasExpectation = (instruction: Instruction): boolean =>
  instruction.op === "check-status" || (instruction.op === "info" && instruction.expect !== undefined);

/** Operations of which more comes than that they were done. None of them changes anything, save message. */
const ANSWERED: ReadonlySet<Instruction["op"]> = new Set([
  "message",
  "info",
  "table",
  "status",
  "check-status",
  "deps",
  "list",
  "version",
]);

/** For a device that was not there before and has not been made by the program: it is nobody's to change. */
export const NO_SUCH_DEVICE: DmFailure = { errno: "ENXIO", reason: "there is no such device" };
