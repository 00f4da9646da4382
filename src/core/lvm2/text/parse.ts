/**
 * Reads LVM2's grammar, that of metadata and of lvm.conf:
 *
 *   item    name { item… }   or   name = value
 *   value   an integer, a float, "text" with \" and \\, or [ value, … ]
 *   #       begins a comment, up to the end of the line
 *
 * Nothing is taken for granted: depth and number of values are bounded, and a name that stands twice in a
 * section is refused, since which of them counts would be a guess.
 */
import { DvmError } from "../../base/error.ts";
import type { TextSection, TextValue } from "./section.ts";

/** Sections in sections; metadata have five. */
const MAX_DEPTH = 16;
/** A VG of 100,000 LVs has some two million. */
const MAX_VALUES = 8_000_000;

/**
 * @param text a character a byte
 * @param what for messages: where it is from
 * @throws DvmError CORRUPT with the line
 */
export function parseText(text: string, what: string): TextSection {
  const reader = new Reader(text, what);
  const root = reader.items(0);
  if (!reader.atEnd()) throw reader.corrupt("has a } too many");
  return root;
}

const CODE = { quote: 34, hash: 35, single: 39, comma: 44, newline: 10, backslash: 92 } as const;
const [OPEN, CLOSE, EQUALS, BEGIN, END] = [..."{}=[]"].map((sign) => sign.charCodeAt(0));
/** Of a name; the slash only in lvm.conf. */
const NAME = /[A-Za-z0-9_.+\-/]+/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]*)?/y;

class Reader {
  #at = 0;
  #values = 0;
  readonly #text: string;
  readonly #what: string;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  corrupt(how: string): DvmError {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    return new DvmError("CORRUPT", `${this.#what}: line ${line} ${how}`);
  }

  atEnd(): boolean {
    return this.#next() === undefined;
  }

  /** Up to the } that ends the section, which stays, or the end of the text. */
  items(depth: number): TextSection {
    if (depth > MAX_DEPTH) throw this.corrupt(`is deeper than ${MAX_DEPTH} sections`);
    const entries = new Map<string, TextValue | TextSection>();
    for (let code = this.#next(); code !== undefined && code !== CLOSE; code = this.#next()) {
      const name = this.#match(NAME);
      if (name === undefined) throw this.corrupt("has something else than a name");
      if (entries.has(name)) throw this.corrupt(`has "${name}" for the second time`);
      const sign = this.#next();
      this.#at += 1;
      if (sign === OPEN) {
        entries.set(name, this.items(depth + 1));
        if (this.#next() !== CLOSE) throw this.corrupt(`ends inside the section ${name}`);
        this.#at += 1;
      } else if (sign === EQUALS) entries.set(name, this.#value());
      else throw this.corrupt(`has no { or = behind "${name}"`);
      this.#count();
    }
    return { items: entries };
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw this.corrupt(`is beyond the first ${MAX_VALUES} values`);
  }

  #value(): TextValue {
    if (this.#next() !== BEGIN) return this.#single();
    this.#at += 1;
    const values: (number | string)[] = [];
    while (this.#next() !== END) {
      values.push(this.#single());
      this.#count();
      const code = this.#next();
      if (code === CODE.comma) this.#at += 1;
      else if (code !== END) throw this.corrupt("has no , between values");
    }
    this.#at += 1;
    return values;
  }

  #single(): number | string {
    const code = this.#next();
    if (code === CODE.quote) return this.#quoted();
    if (code === CODE.single) return this.#singleQuoted();
    const digits = this.#match(NUMBER);
    if (digits === undefined) throw this.corrupt("has no value where one is due");
    const value = Number(digits);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw this.corrupt(`has a number beyond 2^53: ${digits}`);
    return value;
  }

  #quoted(): string {
    const begin = this.#at + 1;
    for (let at = begin; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code) || code === 0) throw this.corrupt("has text without an end");
      if (code === CODE.backslash) at += 1;
      else if (code === CODE.quote) {
        this.#at = at + 1;
        return decoded(this.#text.slice(begin, at).replace(/\\(["\\])/g, "$1"));
      }
    }
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw this.corrupt("has text without an end");
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return decoded(text);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** The next character that means something; undefined at the end. */
  #next(): number | undefined {
    const text = this.#text;
    for (; this.#at < text.length; this.#at += 1) {
      const code = text.charCodeAt(this.#at);
      if (code === CODE.hash) {
        const end = text.indexOf("\n", this.#at);
        this.#at = end < 0 ? text.length - 1 : end;
      } else if (code !== 32 && (code < 9 || code > 13)) return code;
    }
    return undefined;
  }
}

/** Bytes above ASCII, which only names in comments and hints have, are UTF-8. */
const decoded = (text: string): string =>
  /[\x80-\xff]/.test(text) ? Buffer.from(text, "latin1").toString() : text;
