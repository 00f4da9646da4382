/** Calls of verbs as words, both ways: written by their table, and found by it in what a person typed. */
import { checkGiven, type ParameterSpec } from "../core/port/parameters.ts";
import type { Applet, Verb } from "./applet.ts";
import { tokensOf, verbIn } from "./arguments.ts";

type Given = Readonly<Record<string, unknown>>;

/**
 * The words that `parseArguments` reads as this call.
 * @throws Error for what the verb does not declare, or wants and does not get
 */
export function wordsOf({ name }: Applet, verb: Verb, operands: Given, options: Given): readonly string[] {
  const label = `${name} ${verb.name}`;
  const unknown = [
    ...Object.keys(operands).filter((each) => !Object.hasOwn(verb.operands, each)),
    ...Object.keys(options).filter((each) => !Object.hasOwn(verb.options, each)),
  ];
  if (unknown.length > 0) throw new Error(`${label} has no parameter ${unknown.join(", ")}`);
  checkGiven(verb, { ...operands, ...options }, (missing) => new Error(`${label} without --${missing}`));
  return [
    name,
    verb.name,
    ...Object.entries(verb.operands).flatMap(([each, spec]) => {
      const texts = textsOf(spec, operands[each]);
      if (spec.required && texts.length === 0) throw new Error(`${label} without ${each}`);
      return texts;
    }),
    ...Object.entries(verb.options).flatMap(([each, spec]) => {
      if (spec.type === "flag") return options[each] ? [`--${each}`] : [];
      return textsOf(spec, options[each]).flatMap((text) => optionOf(each, text));
    }),
  ];
}

/** A value that could be taken for an option stands in one word with its name. */
const optionOf = (name: string, text: string): string[] =>
  text.startsWith("-") ? [`--${name}=${text}`] : [`--${name}`, text];

function textsOf(spec: ParameterSpec, value: unknown): string[] {
  if (value === undefined) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  // A size that is a number is in sectors.
  return values.map((each) => (spec.type === "size" && typeof each === "number" ? `${each}s` : String(each)));
}

/**
 * The words with other values for those options of the verb that name PVs. Everything else stays as it is,
 * and so does all of what is no call of a verb: whoever runs it says what is wrong.
 */
export async function withPvs(
  applet: Applet,
  argv: readonly string[],
  naming: (word: string) => Promise<string>,
): Promise<readonly string[]> {
  const verb = verbIn(applet, argv);
  if (!verb) return argv;
  const words = [...argv];
  for (const token of tokensOf(argv, verb.options)) {
    if (token.kind !== "option" || token.value === null || verb.options[token.name]?.names !== "pv") continue;
    const word = argv[token.at] as string;
    words[token.at] = word.slice(0, word.length - token.value.length) + (await naming(token.value));
  }
  return words;
}
