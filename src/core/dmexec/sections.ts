/** Where the locked section of a program begins and ends. */
import type { Hazards } from "./check.ts";
import { type Instruction, waits } from "./instructions.ts";
import { isThrough, WORK_PER_SECTION, workAhead } from "./work.ts";

/**
 * Once memory is locked it stays so while more is to come that suspends, since locking takes much longer than
 * a few operations; but not while something waits, nor for more work than memory is made ready for.
 * @param hazards from hazardsOf
 * @returns 1 for each instruction before which a section that is open comes to its end
 */
export function sectionEnds(
  instructions: readonly Instruction[],
  { risky, inside }: Hazards,
  workMost = WORK_PER_SECTION,
): Uint8Array {
  // 1: a hazard is on the way from here on which everything is done. One more place: the end of the program.
  const ahead = new Uint8Array(instructions.length + 1);
  for (let at = instructions.length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at];
    if (!instruction) continue;
    if (risky[at] === 1) ahead[at] = 1;
    else if (instruction.op === "jmp") ahead[at] = ahead[instruction.to] ?? 0;
    else if (instruction.op !== "exit" && !waits(instruction)) ahead[at] = ahead[at + 1] ?? 0;
  }
  const ends = ahead.subarray(0, instructions.length).map((more) => 1 - more);
  workAhead(instructions, (at, work) => {
    if (work >= workMost && inside[at] === 0) ends[at] = 1;
    return ends[at] === 1;
  });
  return ends;
}

export interface Extent {
  /** The instructions that a section may come to, by their numbers. */
  readonly reached: readonly (Instruction | undefined)[];
  /** The work on its longest way. */
  readonly work: number;
}

/** Of the section that begins with an instruction, though another one may end before it. */
export function extentOf(instructions: readonly Instruction[], begin: number, ends: Uint8Array): Extent {
  const isReached = new Uint8Array(instructions.length);
  isReached[begin] = 1;
  const isInside = (at: number): boolean => isReached[at] === 1 && (at === begin || ends[at] === 0);
  for (let at = begin; at < instructions.length; at += 1) {
    const instruction = instructions[at];
    if (!instruction || !isInside(at)) continue;
    if (isThrough(instruction)) isReached[at + 1] = 1;
    if ("to" in instruction) isReached[instruction.to] = 1;
  }
  const reached = instructions.map((each, at) => (isInside(at) ? each : undefined));
  const work = workAhead(instructions, (at) => !isInside(at))[begin] ?? 0;
  return { reached, work };
}
