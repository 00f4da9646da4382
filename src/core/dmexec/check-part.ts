import { type Instruction, wrongWith } from "../../schema/index.ts";
import { type SourcePosition, syntaxError } from "./tokens.ts";

/**
 * Holds one instruction against the schema of programs.
 * @param placeOf where the part with that key stands in the text
 * @throws DvmError BAD_INPUT with line and column
 */
export function checkPart(value: unknown, placeOf: (key: string) => SourcePosition): Instruction {
  const wrong = wrongWith("program", { instructions: [value] });
  if (!wrong) return value as Instruction;
  const key = wrong.pointer.split("/").at(-1) ?? "";
  throw syntaxError(placeOf(key), `${key} ${wrong.expectation}`);
}
