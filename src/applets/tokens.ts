/** Words of a command line, told apart by what options there are. No meaning beyond that. */
import { parseArgs } from "node:util";
import type { Parameters } from "../core/port/parameters.ts";

export type CommandToken =
  | { readonly kind: "word"; readonly text: string }
  /** `value` is null for an option that takes one and has none. */
  /** `at` is the number of the word that the value stands in, at its end. */
  | { readonly kind: "option"; readonly name: string; readonly value: string | null; readonly at: number }
  | { readonly kind: "flag"; readonly name: string }
  /** A flag with `=VALUE`. */
  | { readonly kind: "valued-flag"; readonly name: string }
  | { readonly kind: "unknown"; readonly typed: string };

/**
 * Options are written `--name VALUE`, `--name=VALUE`, `-x VALUE` or `-xVALUE`, flags `--name` or `-x`, one at
 * a time. A value may begin with a dash, but the name of an option is never taken for a value.
 *
 * @param specs the options that there are, by long name
 * @param aliases letter -> long name
 */
export function tokenize(
  argv: readonly string[],
  specs: Parameters,
  aliases: Readonly<Record<string, string>>,
): readonly CommandToken[] {
  const letters = Object.entries(aliases);
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type }]) => {
      const short = letters.find(([, long]) => long === name)?.[0];
      return [name, { type: type === "flag" ? "boolean" : "string", ...(short && { short }) } as const];
    }),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const isOption = (word: string) =>
    word.startsWith("--")
      ? Object.hasOwn(options, word.slice(2).replace(/=.*/s, ""))
      : /^-.$/s.test(word) && Object.hasOwn(options, aliases[word.slice(1)] ?? "");
  return tokens.flatMap((token, at): CommandToken[] => {
    if (token.kind !== "option")
      return token.kind === "positional" ? [{ kind: "word", text: token.value }] : [];
    const { name, value = null, inlineValue, index } = token;
    const typed = argv[index] ?? "";
    // Letters are not run together: -vx is no -v -x.
    const isGroup = !typed.startsWith("--") && typed.length > 2 && !inlineValue;
    if (isGroup || !Object.hasOwn(options, name))
      return tokens[at - 1]?.index === index ? [] : [{ kind: "unknown", typed: typed.replace(/=.*/s, "") }];
    if (options[name]?.type === "boolean") return [{ kind: value === null ? "flag" : "valued-flag", name }];
    const isTaken = value !== null && (inlineValue || !isOption(value));
    return [{ kind: "option", name, value: isTaken ? value : null, at: inlineValue ? index : index + 1 }];
  });
}
