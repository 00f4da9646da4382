/** dm programs from assembly text: docs/format-program.md. */
import type { Instruction, Program, TableLine } from "../../schema/index.ts";
import type { DvmError } from "../base/error.ts";
import { checkPart } from "./check-part.ts";
import { type Field, GRAMMAR, IDENTIFIER, shown, usageOf } from "./grammar.ts";
import type { Op } from "./instructions.ts";
import { tableLineOf } from "./table-text.ts";
import { type AssemblyToken, type SourcePosition, syntaxError, tokensOf } from "./tokens.ts";

/**
 * Assembles a program. Whether it is safe is another question, which checkProgram answers.
 * @throws DvmError BAD_INPUT with line and column
 */
export function assemble(text: string): Program {
  return new Assembler().run(text);
}

interface Named {
  readonly name: string;
  readonly uuid?: string;
}

/** An instruction, and where its parts stand in the text. */
interface Written {
  readonly place: SourcePosition;
  readonly value: Record<string, unknown>;
  /** By key. */
  readonly parts: Map<string, AssemblyToken>;
  readonly label?: AssemblyToken;
}

class Assembler {
  readonly #devices = new Map<string, Named>();
  readonly #tables = new Map<string, TableLine[]>();
  readonly #labels = new Map<string, number>();
  readonly #written: Written[] = [];
  /** The table that is being defined. */
  #open: { readonly lines: TableLine[]; readonly place: SourcePosition } | undefined;

  run(text: string): Program {
    for (const [index, line] of text.split(/\r?\n/).entries()) this.#line(line, index + 1);
    if (this.#open) throw syntaxError(this.#open.place, "the table has no .end");
    return { instructions: this.#written.map((written, at) => this.#finish(written, at)) };
  }

  #line(text: string, line: number): void {
    const tokens = this.#open ? [] : tokensOf(text, line);
    const [first, ...rest] = this.#open ? tokensOf(text.trimStart().split(/\s/)[0] ?? "", line) : tokens;
    if (!first) return;
    if (first.text === ".end" && !first.quoted) this.#endTable(first);
    else if (this.#open)
      this.#open.lines.push(tableLineOf(text, line, (alias) => this.#devices.get(alias)?.name));
    else if (first.text.startsWith(".") && !first.quoted) this.#directive(first, rest);
    else if (first.text.endsWith(":") && !first.quoted && first.option === undefined)
      this.#labelled(first, rest);
    else this.#instruction(first, rest);
  }

  // Messages about what begins a line do not quote it: of a file that is no program it is nobody's to read
  // out.

  #directive(first: AssemblyToken, [name, ...rest]: readonly AssemblyToken[]): void {
    if (first.text !== ".device" && first.text !== ".table")
      throw syntaxError(first, "unknown directive: there are .device, .table and .end");
    if (!name) throw syntaxError(first, `${first.text} needs a name`);
    if (name.quoted || name.option !== undefined || !IDENTIFIER.test(name.text))
      throw syntaxError(name, `"${name.text}" cannot be a name: letters, digits, "_", "." and "-"`);
    if (first.text === ".table") this.#beginTable(first, name, rest);
    else this.#device(name, rest);
  }

  #device(alias: AssemblyToken, [name, uuid, extra]: readonly AssemblyToken[]): void {
    if (!name) throw syntaxError(alias, ".device needs the name of a dm device");
    if (extra) throw unexpected(extra);
    if (this.#devices.has(alias.text)) throw syntaxError(alias, `device ${alias.text} is defined twice`);
    this.#devices.set(alias.text, {
      name: plain(name),
      ...(uuid && { uuid: plain(uuid) }),
    });
  }

  #beginTable(place: AssemblyToken, name: AssemblyToken, [extra]: readonly AssemblyToken[]): void {
    if (extra) throw unexpected(extra);
    if (this.#tables.has(name.text)) throw syntaxError(name, `table ${name.text} is defined twice`);
    const lines: TableLine[] = [];
    this.#tables.set(name.text, lines);
    this.#open = { lines, place };
  }

  #endTable(place: AssemblyToken): void {
    if (!this.#open) throw syntaxError(place, ".end without .table");
    this.#open = undefined;
  }

  #labelled(label: AssemblyToken, [first, ...rest]: readonly AssemblyToken[]): void {
    const name = label.text.slice(0, -1);
    if (!IDENTIFIER.test(name)) throw syntaxError(label, `what stands before ":" cannot be a label`);
    if (this.#labels.has(name)) throw syntaxError(label, `label ${name} is defined twice`);
    this.#labels.set(name, this.#written.length);
    if (first) this.#instruction(first, rest);
  }

  #instruction(first: AssemblyToken, tokens: readonly AssemblyToken[]): void {
    if (first.quoted || first.option !== undefined || !Object.hasOwn(GRAMMAR, first.text))
      throw syntaxError(first, `unknown instruction: there are ${Object.keys(GRAMMAR).join(", ")}`);
    const op = first.text as Op;
    const form = GRAMMAR[op];
    const written: Written = { place: first, value: { op }, parts: new Map() };
    const operands = tokens.filter(({ option }) => option === undefined);
    const bare = operands.slice(form.operands.length);
    for (const [index, field] of form.operands.entries()) {
      const token = operands[index];
      if (token) this.#set(written, field, token);
      else if (!this.#knownUuid(written, field))
        throw syntaxError(first, `${op} needs its ${shown(field)}: ${usageOf(op)}`);
    }
    for (const token of [...tokens.filter(({ option }) => option !== undefined), ...bare])
      this.#option(written, op, token);
    this.#written.push(written);
  }

  /** A device that was defined with its uuid need not be created with it. */
  #knownUuid({ value, parts }: Written, field: Field): boolean {
    const device = this.#devices.get(parts.get("name")?.text ?? "");
    if (field.key !== "uuid" || device?.uuid === undefined) return false;
    value["uuid"] = device.uuid;
    return true;
  }

  #option(written: Written, op: Op, token: AssemblyToken): void {
    const { options, group, words } = GRAMMAR[op];
    const name = token.option ?? token.text;
    if (token.option === undefined && token.quoted) throw unexpected(token, usageOf(op));
    if (words && name === "words" && token.option === undefined) {
      written.value["words"] ??= [];
    } else if (words && name === "word" && token.index !== undefined) {
      const before = (written.value["words"] ?? []) as readonly unknown[];
      written.value["words"] = [...before, { at: token.index, is: token.text }];
    } else if (group && name === group.key && token.option === undefined) {
      written.value[group.key] ??= {};
    } else if (group && Object.hasOwn(group.options, name)) {
      written.value[group.key] ??= {};
      const value = written.value[group.key] as Record<string, unknown>;
      this.#set({ ...written, value }, group.options[name] as Field, token);
    } else if (Object.hasOwn(options, name) && token.index === undefined) {
      this.#set(written, options[name] as Field, token);
    } else {
      throw unexpected(token, usageOf(op));
    }
  }

  #set(written: Written, { key, kind }: Field, token: AssemblyToken): void {
    const { value, parts } = written;
    if (Object.hasOwn(value, key)) throw syntaxError(token, `${key} is given twice`);
    parts.set(key, token);
    value[key] = this.#value(kind, token);
  }

  #value(kind: Field["kind"], token: AssemblyToken): unknown {
    const { text, quoted } = token;
    switch (kind) {
      case "name":
        return (quoted ? undefined : this.#devices.get(text)?.name) ?? text;
      case "text":
        return text;
      case "count":
        if (quoted || !/^\d{1,16}$/.test(text)) throw syntaxError(token, `expected a number, not "${text}"`);
        return Number(text);
      case "flag":
        if (token.option === undefined || text === "true") return true;
        if (text === "false") return false;
        throw syntaxError(token, `expected true or false, not "${text}"`);
      case "scalar":
        return quoted ? text : scalar(token);
      case "table": {
        const table = quoted ? undefined : this.#tables.get(text);
        if (!table) throw syntaxError(token, `there is no table ${text} before this`);
        return table;
      }
      case "label":
        return undefined; // once all labels are known
    }
  }

  #finish({ place, value, parts }: Written, at: number): Instruction {
    const target = parts.get("to");
    if (target) {
      const to = target.quoted ? undefined : this.#labels.get(target.text);
      if (to === undefined) throw syntaxError(target, `there is no label ${target.text}`);
      if (to <= at)
        throw syntaxError(target, `label ${target.text} stands before the jump: jumps go forward only`);
      value["to"] = to;
    }
    return checkPart(value, (key) => parts.get(key) ?? place);
  }
}

const unexpected = (token: AssemblyToken, usage?: string): DvmError => {
  const what = token.option === undefined ? token.text : `${token.option}=`;
  return syntaxError(token, `unexpected ${what}${usage === undefined ? "" : `: ${usage}`}`);
};

/** A word that is no option. */
function plain(token: AssemblyToken): string {
  if (token.option !== undefined) throw unexpected(token);
  return token.text;
}

function scalar(token: AssemblyToken): unknown {
  try {
    const value: unknown = JSON.parse(token.text);
    if (value === null || typeof value !== "object") return value;
  } catch {}
  throw syntaxError(token, `expected a JSON string, number, true, false or null, not "${token.text}"`);
}
