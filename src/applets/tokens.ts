/** Words of a command line, told apart by what options there are. No meaning beyond that. */
import type { Parameters } from "../core/port/parameters.ts";

export type Token =
  | { readonly kind: "word"; readonly text: string }
  /** `value` is null for an option that takes one and has none. */
  | { readonly kind: "option"; readonly name: string; readonly value: string | null }
  | { readonly kind: "flag"; readonly name: string }
  /** A flag with `=VALUE`. */
  | { readonly kind: "valued-flag"; readonly name: string }
  | { readonly kind: "unknown"; readonly typed: string };

/**
 * Options are written `--name VALUE`, `--name=VALUE`, `-x VALUE` or `-xVALUE`, flags `--name` or `-x`, one at a
 * time. A value may begin with a dash, but the name of an option is never taken for a value.
 *
 * @param specs the options that there are, by long name
 * @param aliases letter -> long name
 */
export function tokenize(
  argv: readonly string[],
  specs: Parameters,
  aliases: Readonly<Record<string, string>>,
): readonly Token[] {
  const tokens: Token[] = [];
  const known = (typed: string) => optionOf(typed, specs, aliases);
  for (let at = 0; at < argv.length; at += 1) {
    const typed = argv[at] ?? "";
    if (!typed.startsWith("-") || typed === "-") {
      tokens.push({ kind: "word", text: typed });
      continue;
    }
    const option = known(typed);
    if (!option) tokens.push({ kind: "unknown", typed: typed.replace(/=.*/s, "") });
    else if (specs[option.name]?.type === "flag")
      tokens.push({ kind: option.value === undefined ? "flag" : "valued-flag", name: option.name });
    else if (option.value !== undefined)
      tokens.push({ kind: "option", name: option.name, value: option.value });
    else {
      const next = argv[at + 1];
      // -devices is a value that begins with a dash, not -d with one.
      const isOption = next !== undefined && /^(--.|-.$)/s.test(next) && known(next) !== undefined;
      const value = next === undefined || isOption ? null : next;
      tokens.push({ kind: "option", name: option.name, value });
      if (value !== null) at += 1;
    }
  }
  return tokens;
}

/** The option that a word names, and the value that is part of the word. */
function optionOf(
  typed: string,
  specs: Parameters,
  aliases: Readonly<Record<string, string>>,
): { readonly name: string; readonly value: string | undefined } | undefined {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(typed);
  if (long) {
    const [, name = "", value] = long;
    return Object.hasOwn(specs, name) ? { name, value } : undefined;
  }
  const [, letter = "", rest = ""] = /^-([^-])(.*)$/s.exec(typed) ?? [];
  const name = Object.hasOwn(aliases, letter) ? aliases[letter] : undefined;
  if (name === undefined || !Object.hasOwn(specs, name)) return undefined;
  if (rest === "") return { name, value: undefined };
  // Letters are not run together: -vx is no -v -x.
  return specs[name]?.type === "flag" ? undefined : { name, value: rest };
}
