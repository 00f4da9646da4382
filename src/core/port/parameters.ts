/** How the parameters of a verb are declared, and read: one table and one parser, typed or in a batch. */
import type { DocumentName, Documents } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { parseSize, type Sectors } from "../base/units.ts";

/** How one operand or option is written and what its value is. */
export interface ParameterSpec {
  readonly summary: string;
  /**
   * The value is the path of a document ("-" is stdin); the verb gets the document. It cannot stand in a
   * batch.
   */
  readonly document?: DocumentName;
  /** The value is the path of bytes to take in ("-" is stdin); the verb gets them. */
  readonly bytes?: true;
  /** text (the default), flag (no value), count (whole number), size (10G, 512M, 100s: in sectors). */
  readonly type?: "text" | "flag" | "count" | "size";
  /** All words that it may be. */
  readonly choices?: readonly string[];
  /** May be given several times; as the last operand it takes the rest. */
  readonly many?: true;
  readonly required?: true;
  /** It names a PV to the metadata, by id or tag. People may give the path of its device to `dvm`. */
  readonly names?: "pv";
  /** Options without which it means nothing. */
  readonly requires?: readonly string[];
  /** One letter: `-d` beside `--devices`. Not one that globals.ts has. */
  readonly alias?: string;
  /** What stands for the value in help; the name in capitals when left out. */
  readonly placeholder?: string;
}

export type Parameters = Readonly<Record<string, ParameterSpec>>;

/** Parameters of which so many are given: exactly one, at least one, at most one. */
export interface ParameterGroup {
  readonly give: "one" | "some" | "at-most-one";
  readonly of: readonly string[];
}

/** What of a verb says which parameters it has. */
export interface Declared {
  readonly operands?: Parameters;
  readonly options: Parameters;
  readonly groups?: readonly ParameterGroup[];
  /** Takes a command after `--`, for instance `MUTATOR [ARGS]`. */
  readonly command?: string;
  /** The option with which the command is given, and without which it is not. Left out: it always is. */
  readonly commandGoesWith?: string;
}

type Single<S extends ParameterSpec> = S extends { document: infer N extends DocumentName }
  ? Documents[N]
  : S extends { bytes: true }
    ? Buffer
    : S extends { type: "flag" }
      ? boolean
      : S extends { type: "count" }
        ? number
        : S extends { type: "size" }
          ? Sectors
          : S extends { choices: readonly (infer Word)[] }
            ? Word
            : string;

type Value<S extends ParameterSpec> = S extends { many: true }
  ? readonly Single<S>[]
  : S extends { required: true } | { type: "flag" }
    ? Single<S>
    : Single<S> | undefined;

/** Absent flags are false, absent lists are empty, other absent values undefined. */
export type Values<P extends Parameters> = { readonly [K in keyof P]: Value<P[K]> };

/**
 * Reads values as typed on the command line, or as JSON has them (a number that is a size is in sectors).
 * Documents and bytes pass as they are.
 * @throws DvmError USAGE for a text that is no such value, BAD_INPUT for a value of JSON that is none
 */
export function readValues<P extends Parameters>(
  specs: P,
  given: Readonly<Record<string, unknown>>,
): Values<P> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (spec.many) {
      const list = value === undefined ? [] : Array.isArray(value) ? value : [value];
      values[name] = list.map((each) => readValue(name, spec, each));
    } else if (value !== undefined) values[name] = readValue(name, spec, value);
    else values[name] = spec.type === "flag" ? false : undefined;
  }
  return values as Values<P>;
}

function readValue(name: string, spec: ParameterSpec, value: unknown): unknown {
  const { type = "text", choices } = spec;
  const refuse = (expected: string) => new DvmError("BAD_INPUT", `"${name}" must be ${expected}`);
  if (isTakenIn(spec)) return value;
  if (type === "flag") {
    if (typeof value !== "boolean") throw refuse("true or false");
    return value;
  }
  if (type === "text") {
    if (typeof value !== "string" && typeof value !== "number") throw refuse("a text");
    if (choices && !choices.includes(String(value)))
      throw new DvmError("USAGE", `no ${name} "${value}": there is ${choices.join(", ")}`);
    return String(value);
  }
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value !== "string") throw refuse(type === "size" ? 'a size, as "512M"' : "a whole number");
  if (type === "size") return parseSize(value, name);
  if (!/^\d{1,15}$/.test(value)) throw new DvmError("USAGE", `${name} "${value}" is no whole number`);
  return Number(value);
}

/** Its value is what a file holds. */
export const isTakenIn = ({ document, bytes }: ParameterSpec): boolean =>
  document !== undefined || bytes === true;

/**
 * Holds what is given against what goes together.
 * @param missing what is thrown for a required option that is not given
 * @throws DvmError USAGE
 */
export function checkGiven(
  verb: Declared,
  given: Readonly<Record<string, unknown>>,
  missing: (name: string) => Error,
): void {
  const isThere = (name: string): boolean => isGiven(given, name);
  for (const [name, { required, requires = [] }] of Object.entries(verb.options)) {
    if (required && !isThere(name)) throw missing(name);
    const other = isThere(name) ? requires.find((each) => !isThere(each)) : undefined;
    if (other !== undefined) throw new DvmError("USAGE", `--${name} needs --${other}`);
  }
  for (const { give, of } of verb.groups ?? []) {
    const count = of.filter(isThere).length;
    if (count === 1 || (count === 0 ? give === "at-most-one" : give === "some")) continue;
    const names = of.map((name) =>
      Object.hasOwn(verb.options, name) ? `--${name}` : `a ${name.toUpperCase()}`,
    );
    const [first, second] = names;
    if (give !== "at-most-one")
      throw new DvmError("USAGE", `give ${give === "one" ? "either " : ""}${any(names)}`);
    const both = `${first} or ${second}, not both`;
    throw new DvmError("USAGE", of.length === 2 ? both : `${any(names, "and")} are for one call each`);
  }
}

/** @throws DvmError USAGE for a command without its option, and for that without a command */
export function checkCommand(
  { commandGoesWith: option }: Declared,
  given: Readonly<Record<string, unknown>>,
  command: readonly string[],
): void {
  if (option !== undefined && isGiven(given, option) !== command.length > 0)
    throw new DvmError("USAGE", `--${option} needs a command behind --, and nothing else takes one`);
}

function isGiven(given: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** What goes with an option, in words for its help. */
export function notesOf(declared: Declared, name: string): string[] {
  const { operands, options, groups = [], command, commandGoesWith } = declared;
  const typed = (each: string) => (Object.hasOwn(options, each) ? `--${each}` : each.toUpperCase());
  const notes = groups
    .filter(({ of }) => of.includes(name))
    .map(({ give, of }) => {
      const others = of.filter((each) => each !== name).map(typed);
      if (give === "at-most-one") return `conflicts with ${others.join(", ")}`;
      return `${give === "one" ? "one of" : "at least one of"} ${of.map(typed).join(", ")}`;
    });
  const requires = (operands?.[name] ?? options[name])?.requires ?? [];
  const commands = name === commandGoesWith ? [`with -- ${command}`] : [];
  return [...notes, ...requires.map((other) => `with ${typed(other)}`), ...commands];
}

/** The parameters that are not given together with this one. */
export const excludedBy = ({ groups = [] }: Declared, name: string): readonly string[] =>
  groups
    .filter(({ give, of }) => give !== "some" && of.includes(name))
    .flatMap(({ of }) => of.filter((each) => each !== name));

const any = (names: readonly string[], and = "or"): string =>
  `${names.slice(0, -1).join(", ")} ${and} ${names.at(-1)}`;
