import type { TableLine } from "../../schema/index.ts";
import { joinArgs } from "../dm/args.ts";
import { checkPart } from "./check-part.ts";
import { type SourcePosition, syntaxError, tokensOf } from "./tokens.ts";

/** START LENGTH TYPE, white space, the rest. */
const LINE = /^(\s*)(\S+)\s+(\S+)\s+(\S+)\s*/;

const EXPECTED = "a line of a table is START LENGTH TYPE PARAMETERS, and .end ends the table";

/**
 * A line of a table: START LENGTH TYPE, and the parameters as they stand or as one quoted string.
 * @param deviceOf the dm name that an alias stands for, in parameters that are not quoted
 * @throws DvmError BAD_INPUT with line and column
 */
export function tableLineOf(
  text: string,
  line: number,
  deviceOf: (alias: string) => string | undefined,
): TableLine {
  const found = LINE.exec(text);
  if (!found) {
    const place = { line, column: text.search(/\S/) + 1 };
    throw syntaxError(place, EXPECTED);
  }
  const [head, indent = "", start = "", length = "", type = ""] = found;
  const place = { line, column: indent.length + 1 };
  const number = (word: string): number => {
    if (/^\d{1,16}$/.test(word)) return Number(word);
    const place = { line, column: text.indexOf(word) + 1 };
    throw syntaxError(place, `expected a number, not "${word}": ${EXPECTED}`);
  };
  const params = paramsOf(text.slice(head.length), { line, column: head.length + 1 }, deviceOf);
  const value = { start: number(start), length: number(length), type, params };
  checkPart({ op: "load", name: "any", table: [value] }, () => place);
  return value;
}

function paramsOf(
  text: string,
  place: SourcePosition,
  deviceOf: (alias: string) => string | undefined,
): string {
  if (text.startsWith('"')) {
    const [token, extra] = tokensOf(text, place.line, place.column - 1);
    if (extra) throw syntaxError(extra, `unexpected ${extra.text}`);
    return token?.text ?? "";
  }
  return text
    .replace(/(^|\s)#.*$/, "")
    .trimEnd()
    .replace(/(^|\s)@(\S+)/g, (all, before: string, alias: string) => {
      const name = deviceOf(alias);
      return name === undefined ? all : `${before}@${joinArgs([name])}`;
    });
}
