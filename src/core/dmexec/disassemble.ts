/** Assembly text of a dm program; assemble makes the same program of it again. */
import type { Program, TableLine } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { BARE, type Field, GRAMMAR } from "./grammar.ts";
import type { Instruction } from "./instructions.ts";

/** @throws DvmError BAD_INPUT for a jump that leads nowhere */
export function disassemble({ instructions }: Program): string {
  const tables = new Tables();
  const targets = new Set(instructions.flatMap((each) => ("to" in each ? [each.to] : [])));
  const lines = instructions.flatMap((instruction, at) => {
    if ("to" in instruction && instruction.to > instructions.length)
      throw new DvmError("BAD_INPUT", `instruction ${at} jumps to ${instruction.to}, beyond the end`);
    const label = targets.has(at) ? [`${labelOf(at)}:`] : [];
    return [...label, `  ${lineOf(instruction, tables)}`];
  });
  const end = targets.has(instructions.length) ? [`${labelOf(instructions.length)}:`] : [];
  return [...tables.lines, ...lines, ...end].map((line) => `${line}\n`).join("");
}

const labelOf = (at: number): string => `L${at}`;

/** Tables that are equal stand there once. */
class Tables {
  readonly lines: string[] = [];
  readonly #names = new Map<string, string>();

  nameOf(table: readonly TableLine[]): string {
    const text = JSON.stringify(table);
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `t${this.#names.size}`;
    this.#names.set(text, name);
    this.lines.push(
      `.table ${name}`,
      ...table.map(({ start, length, type, params }) =>
        `  ${start} ${length} ${type} ${paramsOf(params)}`.trimEnd(),
      ),
      ".end",
    );
    return name;
  }
}

function lineOf(instruction: Instruction, tables: Tables): string {
  const { operands, options, group, words } = GRAMMAR[instruction.op];
  const values: Readonly<Record<string, unknown>> = { ...instruction };
  const inner = group && (values[group.key] as Readonly<Record<string, unknown>> | undefined);
  const listed = words && (values["words"] as { at: number; is: string }[] | undefined);
  return [
    instruction.op,
    ...operands.map((field) => operand(field, values[field.key], tables)),
    ...optionsOf(options, values),
    ...(group && inner ? [group.key, ...optionsOf(group.options, inner)] : []),
    ...(listed ? ["words", ...listed.map(({ at, is }) => `word:${at}=${quoted(is)}`)] : []),
  ].join(" ");
}

function operand({ kind }: Field, value: unknown, tables: Tables): string {
  switch (kind) {
    case "table":
      return tables.nameOf(value as readonly TableLine[]);
    case "label":
      return labelOf(value as number);
    case "scalar":
      return JSON.stringify(value);
    default:
      return quoted(String(value));
  }
}

function optionsOf(
  options: Readonly<Record<string, Field>>,
  values: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(options).flatMap(([name, { key, kind }]) => {
    const value = values[key];
    if (value === undefined) return [];
    if (kind === "flag") return [value === true ? name : `${name}=false`];
    return [`${name}=${quoted(String(value))}`];
  });
}

const quoted = (text: string): string => (BARE.test(text) ? text : JSON.stringify(text));

/** As it stands, unless reading it back would give something else. */
const paramsOf = (params: string): string =>
  /^[ -~]*$/.test(params) && params === params.trim() && !params.startsWith('"') && !/(^|\s)#/.test(params)
    ? params
    : JSON.stringify(params);
