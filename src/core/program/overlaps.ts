import type { Instruction } from "./instructions.ts";

/**
 * Rows of removals that may be done at the same time.
 * @returns the devices of each row of two or more, by the number of its first instruction
 */
export function overlapsOf(instructions: readonly Instruction[]): Map<number, string[]> {
  const rows = new Map<number, string[]>();
  let row: string[] | undefined;
  instructions.forEach((instruction, at) => {
    if (instruction.op === "jmp-fail") return;
    if (instruction.op !== "remove") row = undefined;
    else if (row && instruction.overlap) row.push(instruction.name);
    else {
      row = [instruction.name];
      rows.set(at, row);
    }
  });
  for (const [at, names] of rows) if (names.length < 2) rows.delete(at);
  return rows;
}
