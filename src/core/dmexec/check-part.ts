import { checkDocument, type Instruction } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type SourcePosition, syntaxError } from "./tokens.ts";

/**
 * Holds one instruction against the schema of programs.
 * @param placeOf where the part with that key stands in the text
 * @throws DvmError BAD_INPUT with line and column
 */
export function checkPart(value: unknown, placeOf: (key: string) => SourcePosition): Instruction {
  try {
    return checkDocument("program", { instructions: [value] }, "").instructions[0] as Instruction;
  } catch (thrown) {
    if (!(thrown instanceof DvmError)) throw thrown;
    const pointer = String(thrown.details["pointer"]);
    const key = pointer.split("/").at(-1) ?? "";
    const expectation = thrown.message.split(`at ${pointer}: `).at(-1);
    throw syntaxError(placeOf(key), `${key} ${expectation}`);
  }
}
