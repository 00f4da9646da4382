import { DvmError } from "../core/base/error.ts";
import type { ParameterSpec, Parameters } from "../core/port/parameters.ts";
import type { Applet, Verb } from "./applet.ts";
import { globalAliases, globalOptions } from "./globals.ts";
import { type CommandToken, tokenize } from "./tokens.ts";

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
  const split = argv.indexOf("--");
  const own = split < 0 ? argv : argv.slice(0, split);
  const verb = findVerb(applet, own);
  const refuse = (message: string) => usage(applet, verb, message);
  const { words, given } = collect(own, verb?.options ?? {}, refuse);
  const askedForHelp = given.has("help") || given.has("version");

  const operandWords = hasVerbs(applet) ? words.slice(1) : words;
  if (!askedForHelp && !verb) {
    throw refuse(`needs a verb: ${verbsOf(applet)}`);
  }
  const isOwn = (name: string) => verb !== undefined && Object.hasOwn(verb.options, name);
  if (!askedForHelp && verb) {
    for (const [name, spec] of Object.entries(verb.options))
      if (spec.required && !given.has(name)) throw refuse(`option --${name} is missing`);
    if (split >= 0 && verb.command === undefined) throw refuse("takes no command after --");
  }
  const operands = verb && !askedForHelp ? takeOperands(verb, operandWords, refuse) : {};
  if (!askedForHelp && split < 0 && verb?.command !== undefined && !verb.commandGoesWith)
    throw refuse(`needs a command: -- ${verb.command}`);
  const options = Object.fromEntries([...given].filter(([name]) => isOwn(name)));
  return {
    globals: Object.fromEntries([...given].filter(([name]) => !isOwn(name))),
    verb,
    operands,
    options,
    command: split < 0 ? [] : argv.slice(split + 1),
  };
}

const hasVerbs = (applet: Applet): boolean => applet.verbs.some(({ name }) => name !== "");

/**
 * The verb is the first word that is neither an option nor an option's value; options may stand before it.
 */
function findVerb(applet: Applet, argv: readonly string[]): Verb | undefined {
  if (!hasVerbs(applet)) return applet.verbs[0];
  const specs: Parameters = Object.assign({}, ...applet.verbs.map(({ options }) => options), globalOptions);
  const tokens = tokenize(argv, specs, aliasesOf(specs));
  const word = tokens.find(({ kind }) => kind === "word");
  if (word?.kind !== "word") return undefined;
  const verb = applet.verbs.find(({ name }) => name === word.text);
  // Whatever options follow it. Behind an option that there is not, the word may be its value.
  const isSure = tokens.slice(0, tokens.indexOf(word)).every(({ kind }) => kind !== "unknown");
  if (!verb && isSure) throw usage(applet, undefined, `no verb "${word.text}"; there is ${verbsOf(applet)}`);
  return verb;
}

/** The verb that is typed, if there is one of that name. */
export function verbIn(applet: Applet, argv: readonly string[]): Verb | undefined {
  try {
    return findVerb(applet, argv);
  } catch (thrown) {
    if (thrown instanceof DvmError) return undefined;
    throw thrown;
  }
}

/** Its words, by its own options and those that all verbs have. */
export function tokensOf(argv: readonly string[], options: Parameters): readonly CommandToken[] {
  const specs = { ...globalOptions, ...options };
  return tokenize(argv, specs, aliasesOf(specs));
}

const verbsOf = ({ verbs }: Applet): string => verbs.map(({ name }) => name).join(", ");

type Refuse = (message: string) => DvmError;

/** Options with their values, each as often as it may be given. */
function collect(
  argv: readonly string[],
  options: Parameters,
  refuse: Refuse,
): { words: readonly string[]; given: ReadonlyMap<string, Typed> } {
  const words: string[] = [];
  const given = new Map<string, Typed>();
  const isMany = (name: string): boolean => Object.hasOwn(options, name) && options[name]?.many === true;
  for (const token of tokensOf(argv, options)) {
    if (token.kind === "word") words.push(token.text);
    else if (token.kind === "unknown") throw refuse(`unknown option ${token.typed}`);
    else if (token.kind === "valued-flag") throw refuse(`option --${token.name} takes no value`);
    else if (token.kind === "flag") given.set(token.name, true);
    else {
      const { name, value } = token;
      const before = given.get(name);
      if (value === null || value === "") throw refuse(`option --${name} needs a value`);
      if (before !== undefined && !isMany(name)) throw refuse(`option --${name} is given more than once`);
      given.set(name, isMany(name) ? [...(Array.isArray(before) ? before : []), value] : value);
    }
  }
  return { words, given };
}

const aliasesOf = (specs: Parameters): Readonly<Record<string, string>> => ({
  ...globalAliases,
  ...Object.fromEntries(
    Object.entries(specs).flatMap(([name, { alias }]) => (alias === undefined ? [] : [[alias, name]])),
  ),
});

function takeOperands(verb: Verb, words: readonly string[], refuse: Refuse): Record<string, Typed> {
  const taken: Record<string, Typed> = {};
  let next = 0;
  for (const [name, spec] of Object.entries(verb.operands)) {
    const rest: readonly string[] = words.slice(next);
    if (spec.required && rest.length === 0) throw refuse(`${placeholder(name, spec)} is missing`);
    taken[name] = spec.many ? rest : rest[0];
    next = spec.many ? words.length : next + Math.min(1, rest.length);
  }
  if (next < words.length) throw refuse(`"${words[next]}" is one argument too many`);
  return taken;
}

/** How a parameter's value stands in help and messages. */
export const placeholder = (name: string, spec: ParameterSpec): string =>
  spec.placeholder ?? name.toUpperCase();

function usage(applet: Applet, verb: Verb | undefined, message: string): DvmError {
  const where = [applet.name, verb?.name].filter(Boolean).join(" ");
  return new DvmError("USAGE", `${message} (see ${where} --help)`);
}
