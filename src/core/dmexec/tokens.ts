/** Lines of assembly as tokens. */
import { DvmError } from "../base/error.ts";

export interface SourcePosition {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

export interface AssemblyToken extends SourcePosition {
  /** Of `option=value`. */
  readonly option?: string;
  /** Of `option:number=value`. */
  readonly index?: number;
  readonly text: string;
  readonly quoted: boolean;
}

/** A message about a place in the text. */
export const syntaxError = ({ line, column }: SourcePosition, message: string): DvmError =>
  new DvmError("BAD_INPUT", `line ${line}, column ${column}: ${message}`, { details: { line, column } });

const OPTION = /([a-z][a-z-]*)(?::(\d+))?=/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /[^\s"]+/y;
const SPACE = /\s*/y;

/**
 * The tokens of one line: words, quoted strings as in JSON, `option=value`. A `#` after white space begins a
 * comment.
 * @param before how many columns of the line stand before the text
 * @throws DvmError BAD_INPUT with line and column
 */
export function tokensOf(text: string, line: number, before = 0): AssemblyToken[] {
  const tokens: AssemblyToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    take(SPACE);
    if (at >= text.length || text[at] === "#") return tokens;
    const place = { line, column: before + at + 1 };
    const [, option, index] = take(OPTION) ?? [];
    const string = take(STRING);
    const word = string ? undefined : take(WORD);
    if (!string && !word && option === undefined) throw syntaxError(place, "the string has no end");
    if (at < text.length && !/\s/.test(text[at] ?? ""))
      throw syntaxError({ line, column: before + at + 1 }, "white space is missing");
    tokens.push({
      ...place,
      ...(option !== undefined && { option }),
      ...(index !== undefined && { index: Number(index) }),
      text: string ? unquote(string[0], place) : (word?.[0] ?? ""),
      quoted: string !== undefined,
    });
  }
}

function unquote(text: string, place: SourcePosition): string {
  try {
    return JSON.parse(text);
  } catch {
    throw syntaxError(place, "the string is not written as in JSON");
  }
}
