import parser from "yargs-parser";
import { DvmError } from "../core/base/error.ts";
import type { Applet, ParameterSpec, Parameters, Verb } from "./applet.ts";
import { globalAliases, globalOptions } from "./globals.ts";

/** Arguments as typed, sorted but not yet read: options and operands are still text. */
export interface Arguments {
  readonly globals: Readonly<Record<string, Typed>>;
  readonly verb: Verb | undefined;
  readonly operands: Readonly<Record<string, Typed>>;
  readonly options: Readonly<Record<string, Typed>>;
  readonly command: readonly string[];
}

export type Typed = string | boolean | readonly string[] | undefined;

/**
 * Sorts the arguments of an applet into verb, operands, options and command.
 * Pure: the values of documents and sizes are read by the shell.
 * @throws DvmError USAGE for an unknown verb or option, a missing or superfluous operand, a repeated option
 */
export function parseArguments(applet: Applet, argv: readonly string[]): Arguments {
  const verb = findVerb(applet, argv);
  const specs: Parameters = { ...globalOptions, ...verb?.options };
  const split = argv.indexOf("--");
  const own = split < 0 ? argv : argv.slice(0, split);
  const { words, given } = parse(own, specs);
  const askedForHelp = given.some(([name]) => name === "help" || name === "version");

  for (const [name, value] of given) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) throw usage(applet, verb, `unknown option ${name.length === 1 ? "-" : "--"}${name}`);
    if (Array.isArray(value) && !spec.many)
      throw usage(applet, verb, `option --${name} is given more than once`);
    if (value === "" && spec.type !== "text" && spec.type !== undefined)
      throw usage(applet, verb, `option --${name} needs a value`);
    if (value === undefined || (spec.type !== "flag" && typeof value === "boolean"))
      throw usage(applet, verb, `option --${name} needs a value`);
  }
  const operandWords = applet.verbs.some(({ name }) => name !== "") ? words.slice(1) : words;
  if (!askedForHelp && !verb) {
    const known = applet.verbs.map(({ name }) => name).join(", ");
    throw usage(
      applet,
      verb,
      words[0] === undefined ? `needs a verb: ${known}` : `no verb "${words[0]}"; there is ${known}`,
    );
  }
  const options = Object.fromEntries(given.filter(([name]) => verb && Object.hasOwn(verb.options, name)));
  if (!askedForHelp && verb) {
    for (const [name, spec] of Object.entries(verb.options)) {
      if (spec.required && options[name] === undefined)
        throw usage(applet, verb, `option --${name} is missing`);
    }
    if (split >= 0 && verb.command === undefined) throw usage(applet, verb, "takes no command after --");
    if (split < 0 && verb.command !== undefined && !verb.commandIsOptional)
      throw usage(applet, verb, `needs a command: -- ${verb.command}`);
  }
  return {
    globals: Object.fromEntries(
      given.filter(([name]) => !Object.hasOwn(options, name) && Object.hasOwn(globalOptions, name)),
    ),
    verb,
    operands: verb && !askedForHelp ? takeOperands(applet, verb, operandWords) : {},
    options,
    command: split < 0 ? [] : argv.slice(split + 1),
  };
}

/** The verb is the first word that is neither an option nor an option's value; options may stand before it. */
function findVerb(applet: Applet, argv: readonly string[]): Verb | undefined {
  const [only] = applet.verbs;
  if (only?.name === "") return only;
  const split = argv.indexOf("--");
  const words = parse(split < 0 ? argv : argv.slice(0, split), globalOptions).words;
  return applet.verbs.find(({ name }) => name === words[0]);
}

function parse(
  argv: readonly string[],
  specs: Parameters,
): { words: readonly string[]; given: [string, Typed][] } {
  const names = Object.keys(specs);
  const isFlag = (name: string) => specs[name]?.type === "flag";
  const parsed = parser([...argv], {
    boolean: names.filter(isFlag),
    string: ["_", ...names.filter((name) => !isFlag(name))],
    narg: Object.fromEntries(names.filter((name) => !isFlag(name)).map((name) => [name, 1])),
    alias: Object.fromEntries([
      ...Object.entries(globalAliases).map(([short, long]) => [long, [short]]),
      ...names.flatMap((name) => (specs[name]?.alias === undefined ? [] : [[name, [specs[name].alias]]])),
    ]),
    configuration: {
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "boolean-negation": false,
      "strip-aliased": true,
      "greedy-arrays": false,
      "duplicate-arguments-array": true,
      "short-option-groups": false,
    },
  });
  const { _: words, ...rest } = parsed;
  const given = Object.entries(rest).map(([name, value]): [string, Typed] => [
    name,
    // A repeated flag says no more than one.
    Array.isArray(value) && isFlag(name) ? true : value,
  ]);
  return { words: words.map(String), given };
}

function takeOperands(applet: Applet, verb: Verb, words: readonly string[]): Record<string, Typed> {
  const taken: Record<string, Typed> = {};
  let next = 0;
  for (const [name, spec] of Object.entries(verb.operands)) {
    const rest: readonly string[] = words.slice(next);
    if (spec.required && rest.length === 0)
      throw usage(applet, verb, `${placeholder(name, spec)} is missing`);
    taken[name] = spec.many ? rest : rest[0];
    next = spec.many ? words.length : next + Math.min(1, rest.length);
  }
  if (next < words.length) throw usage(applet, verb, `"${words[next]}" is one argument too many`);
  return taken;
}

/** How a parameter's value stands in help and messages. */
export const placeholder = (name: string, spec: ParameterSpec): string =>
  spec.placeholder ?? name.toUpperCase();

function usage(applet: Applet, verb: Verb | undefined, message: string): DvmError {
  const where = [applet.name, verb?.name].filter(Boolean).join(" ");
  return new DvmError("USAGE", `${message} (see ${where} --help)`);
}
