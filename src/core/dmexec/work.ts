/** How much of what may have to be done before a program can pause: memory is made ready for that much. */
import type { Instruction } from "./instructions.ts";

/** That much may be done while something is suspended, counted as by `workOf`. */
export const WORK_MOST = 20_000;
/** After that much memory is unlocked and locked again, if nothing is suspended then. */
export const WORK_PER_SECTION = 10_000;

/** An answer that decides how the program goes on is decoded at once, which makes objects. */
const DECIDES = 16;
/** And the line of a status is long. */
const DECIDES_BY_STATUS = 64;

/** How much work an instruction is: 1 for an operation that is an ioctl and nothing more. */
export function workOf(instruction: Instruction): number {
  switch (instruction.op) {
    case "jmp":
    case "jmp-fail":
    case "exit":
      return 0;
    case "load":
      return 1 + instruction.table.reduce((sum, { params }) => sum + marksIn(params), 0);
    case "info":
      return instruction.expect ? DECIDES : 1;
    case "check-status":
      return DECIDES_BY_STATUS;
    case "table":
      return 2;
    default:
      return 1;
  }
}

/** More is not told apart. */
const VERY_MUCH = 2 ** 30;

/**
 * @param isEnd true for an instruction before which it is enough
 * @returns for each instruction the work on the longest way from it to such an end, itself included
 */
export function workAhead(
  instructions: readonly Instruction[],
  isEnd: (at: number, ahead: number) => boolean,
): Int32Array {
  const ahead = new Int32Array(instructions.length);
  // What an instruction adds to those that lead to it. One more place: the end of the program.
  const adds = new Int32Array(instructions.length + 1);
  for (let at = instructions.length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at];
    if (!instruction) continue;
    const next = isThrough(instruction) ? (adds[at + 1] ?? 0) : 0;
    const jump = "to" in instruction ? (adds[instruction.to] ?? 0) : 0;
    const work = Math.min(VERY_MUCH, workOf(instruction) + Math.max(next, jump));
    ahead[at] = work;
    adds[at] = isEnd(at, work) ? 0 : work;
  }
  return ahead;
}

/** The instruction after it may be executed next. */
export const isThrough = ({ op }: Instruction): boolean => op !== "exit" && op !== "jmp";

/** Each stands for a device that is looked up, with an ioctl of its own. */
function marksIn(params: string): number {
  let count = 0;
  for (let at = params.indexOf("@"); at >= 0; at = params.indexOf("@", at + 1)) count += 1;
  return count;
}
