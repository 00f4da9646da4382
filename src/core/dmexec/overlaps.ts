import type { Instruction } from "./instructions.ts";

/**
 * Rows of removals that may be done at the same time.
 * @returns the devices of each row of two or more, by the number of its first instruction
 */
export function overlapsOf(instructions: readonly Instruction[]): Map<number, string[]> {
  const rows = new Map<number, string[]>();
  let first = 0;
  let row: string[] | undefined;
  let before: string | undefined;
  for (let at = 0; at < instructions.length; at += 1) {
    const instruction = instructions[at] as Instruction;
    if (instruction.op === "jmp-fail") continue;
    if (instruction.op !== "remove") before = row = undefined;
    else {
      const { name, overlap } = instruction;
      if (!overlap || before === undefined) {
        first = at;
        row = undefined;
      } else if (row) row.push(name);
      else {
        row = [before, name];
        rows.set(first, row);
      }
      before = name;
    }
  }
  return rows;
}
