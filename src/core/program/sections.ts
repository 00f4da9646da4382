/** Where the locked section of a program begins and ends. */
import { type Instruction, waits } from "./instructions.ts";

/**
 * Once memory is locked it stays so while more is to come that suspends, since locking takes much longer than
 * a few operations; but not while something waits.
 * @param hazards from hazardsOf
 * @returns 1 for each instruction before which a section that is open comes to its end
 */
export function sectionEnds(instructions: readonly Instruction[], hazards: Uint8Array): Uint8Array {
  // 1: a hazard is on the way from here on which everything is done. One more place: the end of the program.
  const ahead = new Uint8Array(instructions.length + 1);
  for (let at = instructions.length - 1; at >= 0; at -= 1) {
    const instruction = instructions[at];
    if (!instruction) continue;
    if (hazards[at] === 1) ahead[at] = 1;
    else if (instruction.op === "jmp") ahead[at] = ahead[instruction.to] ?? 0;
    else if (instruction.op !== "exit" && !waits(instruction)) ahead[at] = ahead[at + 1] ?? 0;
  }
  return ahead.subarray(0, instructions.length).map((more) => 1 - more);
}
