/**
 * What a program may have done to a device, as a set of bits: the lattice of the check. A device about which
 * nothing is known is CLEAN; an operation that succeeds or fails takes each bit to another.
 */
import type { Op } from "./instructions.ts";

/** Not suspended by this program. */
export const CLEAN = 1;
/** Created by this program and never resumed: nobody uses it, so it may stay as it is. */
export const NEW = 2;
/** Suspended, and must be resumed. */
const SUSPENDED = 4;
/** A resume failed, which leaves a device suspended. */
const RESUME_FAILED = 8;
/** That was followed by clear. */
const CLEARED = 16;
/** And by another resume that failed: all that can be done was done. */
const LOST = 32;

/** Any of these: I/O to the device may be waiting. */
export const MAY_BE_SUSPENDED = SUSPENDED | RESUME_FAILED | CLEARED | LOST;
/** No program may end with one of these. */
export const MUST_BE_RESUMED = SUSPENDED | RESUME_FAILED | CLEARED;
/** Only a program that ends with 8 may end with this. */
export const MAY_BE_LOST = LOST;

type Step = readonly (readonly [from: number, to: number])[];

const toAll = (to: number): Step => [[63, to]];

/** Bits that no pair names stay as they are. */
const STEPS: Partial<Record<Op, { readonly done?: Step; readonly failed?: Step }>> = {
  create: { done: toAll(NEW) },
  remove: { done: toAll(CLEAN) },
  suspend: { done: [[CLEAN | NEW, SUSPENDED]] },
  resume: {
    done: toAll(CLEAN),
    failed: [
      // A resume that swaps tables suspends the device by itself.
      [CLEAN | SUSPENDED, RESUME_FAILED],
      [CLEARED, LOST],
    ],
  },
  // It only fails when there is no such device any more.
  clear: { done: [[RESUME_FAILED, CLEARED]], failed: [[RESUME_FAILED, CLEARED]] },
  load: { done: [[CLEARED | LOST, RESUME_FAILED]] },
};

export interface Steps {
  /** The bits after an operation that was done, by the bits before it. */
  readonly done: Uint8Array;
  /** After one that failed. */
  readonly failed: Uint8Array;
}

const UNCHANGED = Uint8Array.from({ length: 64 }, (_, bits) => bits);
const TABLES = new Map<Op, Steps>();

/** What an operation makes of the bits of its device; undefined when it never changes them. */
export function stepsOf(op: Op): Steps | undefined {
  const known = TABLES.get(op);
  const steps = STEPS[op];
  if (known || !steps) return known;
  const made = { done: tableOf(steps.done), failed: tableOf(steps.failed) };
  TABLES.set(op, made);
  return made;
}

function tableOf(step: Step | undefined): Uint8Array {
  if (!step) return UNCHANGED;
  const moved = step.reduce((all, [from]) => all | from, 0);
  return UNCHANGED.map((bits) =>
    step.reduce((next, [from, to]) => (bits & from ? next | to : next), bits & ~moved),
  );
}
