/**
 * Which rows a report shows: conditions as `size>1G`, joined by && and ||, negated by !, grouped by ( ).
 *
 *   either    := both ("||" both)*
 *   both      := single ("&&" single)*
 *   single    := "!" single | "(" either ")" | column [operator value]
 *   operator  := = != < <= > >= =~ !~
 *   value     := a word without blanks and ( ) & | " or any text in double quotes, where \ keeps the
 *                next character
 *
 * A column alone asks for a flag that is true. `=` on a list asks whether it has the value, =~ whether one of
 * its values matches the regular expression. A value that is not known satisfies nothing, so != and !~, being
 * the contrary of = and =~, hold for it.
 */
import { DvmError } from "../base/error.ts";
import { parseSize } from "../base/units.ts";
import type { Column, Row, Value } from "./column.ts";
import { compareText } from "./compare.ts";
import { columnNamed } from "./pick.ts";

export type Selection = (row: Row) => boolean;

/** @throws DvmError USAGE for what is no selection, or compares a column with a value of another kind */
export function parseSelection(text: string, columns: readonly Column[]): Selection {
  const reader = new Reader(text);
  const selection = either(reader, columns);
  if (!reader.ended) throw reader.refusal("expected && or ||");
  return selection;
}

function either(reader: Reader, columns: readonly Column[]): Selection {
  let selection = both(reader, columns);
  while (reader.take("||")) {
    const [left, right] = [selection, both(reader, columns)];
    selection = (row) => left(row) || right(row);
  }
  return selection;
}

function both(reader: Reader, columns: readonly Column[]): Selection {
  let selection = single(reader, columns);
  while (reader.take("&&")) {
    const [left, right] = [selection, single(reader, columns)];
    selection = (row) => left(row) && right(row);
  }
  return selection;
}

function single(reader: Reader, columns: readonly Column[]): Selection {
  if (reader.take("!")) return not(reader.nested(() => single(reader, columns)));
  if (reader.take("(")) {
    const selection = reader.nested(() => either(reader, columns));
    if (!reader.take(")")) throw reader.refusal("expected )");
    return selection;
  }
  const name = reader.match(/[A-Za-z]+/y);
  if (name === undefined) throw reader.refusal("expected the name of a column");
  const column = columnNamed(name, columns);
  const operator = operators.find((each) => reader.take(each));
  if (operator) return comparison(column, operator, reader.value());
  if (column.kind !== "flag") throw reader.refusal(`expected one of ${operators.join(" ")}`);
  return (row) => row[column.name] === true;
}

/** Longer ones first. */
const operators = ["=~", "!~", "!=", "<=", ">=", "=", "<", ">"] as const;
type Operator = (typeof operators)[number];

function comparison(column: Column, operator: Operator, text: string): Selection {
  if (operator === "!=") return not(comparison(column, "=", text));
  if (operator === "!~") return not(comparison(column, "=~", text));
  const holds = operator === "=~" ? matches(column, text) : compares(column, operator, text);
  return (row) => {
    const value = row[column.name] ?? null;
    if (value === null) return false;
    return Array.isArray(value) ? value.some(holds) : holds(value);
  };
}

function matches(column: Column, text: string): (value: Value) => boolean {
  if (column.kind !== "text" && column.kind !== "list")
    throw new DvmError("USAGE", `selection: ${column.name} is no text, so =~ says nothing of it`);
  try {
    const pattern = new RegExp(text, "u");
    return (value) => pattern.test(String(value));
  } catch (cause) {
    throw new DvmError("USAGE", `selection: "${text}" is no regular expression`, { cause });
  }
}

function compares(
  column: Column,
  operator: "=" | "<" | "<=" | ">" | ">=",
  text: string,
): (value: Value) => boolean {
  const wanted = readValue(column, text);
  if (typeof wanted === "boolean" && operator !== "=")
    throw new DvmError("USAGE", `selection: ${column.name} is a flag, so ${operator} says nothing of it`);
  return (value) => {
    const order =
      typeof wanted === "string" ? compareText(String(value), wanted) : Number(value) - Number(wanted);
    if (operator === "=") return order === 0;
    if (operator === "<") return order < 0;
    if (operator === "<=") return order <= 0;
    return operator === ">" ? order > 0 : order >= 0;
  };
}

/** A value as people write it for a column of this kind. Sizes are sectors in a row. */
function readValue({ name, kind }: Column, text: string): string | number | boolean {
  if (kind === "text" || kind === "list") return text;
  if (kind === "sectors") return parseSize(text, name);
  if (kind === "flag") {
    if (text === "true" || text === "false") return text === "true";
    throw new DvmError("USAGE", `selection: ${name} is true or false, not "${text}"`);
  }
  if (!/^\d{1,15}(\.\d{1,6})?%?$/.test(text) || (kind === "count" && /[.%]/.test(text)))
    throw new DvmError("USAGE", `selection: ${name} is a number, "${text}" is not`);
  return Number(text.replace("%", ""));
}

const not =
  (selection: Selection): Selection =>
  (row) =>
    !selection(row);

const MAX_DEPTH = 100;
/** In a message. */
const MAX_SHOWN = 200;

const shortened = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

/** Walks over the text, blanks skipped. */
class Reader {
  private at = 0;
  private depth = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.skipBlanks();
  }

  get ended(): boolean {
    return this.at === this.text.length;
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    this.skipBlanks();
    return true;
  }

  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    this.skipBlanks();
    return found;
  }

  value(): string {
    const quoted = this.match(/"(?:[^"\\]|\\.)*"/suy);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/gsu, "$1");
    const word = this.match(/[^\s()&|"]+/y);
    if (word === undefined) throw this.refusal('expected a value; the empty one is ""');
    return word;
  }

  nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw this.refusal("is nested too deeply");
    const value = read();
    this.depth -= 1;
    return value;
  }

  refusal(what: string): DvmError {
    const rest = this.ended ? "its end" : `"${shortened(this.text.slice(this.at))}"`;
    return new DvmError("USAGE", `selection "${shortened(this.text)}": ${what} at ${rest}`);
  }

  private skipBlanks(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }
}
