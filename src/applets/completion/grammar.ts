/** What may follow what on a command line, drawn from the table of applets, for any shell. */
import { type Declared, excludedBy } from "../../core/port/parameters.ts";
import type { Applet } from "../applet.ts";
import { globalAliases, globalOptions } from "../globals.ts";

export interface Choice {
  readonly word: string;
  readonly summary: string;
  /** An option that takes a value. */
  readonly takesValue: boolean;
  /** Words behind which it is not offered. */
  readonly notBehind: readonly string[];
}

/** A place on the command line: after `APPLET`, or after `APPLET VERB`. */
export interface CommandPoint {
  /** `discover` or `discover find`. */
  readonly key: string;
  readonly choices: readonly Choice[];
  /** The place that comes after `--`, for a verb that takes a command; "" stands for any applet. */
  readonly command: string | undefined;
  /** Files may stand here. */
  readonly files: boolean;
}

export function grammarOf(applets: readonly Applet[]): readonly CommandPoint[] {
  const names = applets.map(({ name, summary }) => plain(name, summary));
  const root: CommandPoint = { key: "", choices: names, command: undefined, files: false };
  return [root, ...applets.flatMap((applet) => placesOf(applet, names))];
}

function placesOf(applet: Applet, names: readonly Choice[]): CommandPoint[] {
  const everywhere = optionsOf({ options: globalOptions });
  const verbs = applet.verbs.map((verb): CommandPoint => {
    const { name, operands, command } = verb;
    const key = name === "" ? applet.name : `${applet.name} ${name}`;
    const after = command === undefined ? undefined : applet.looksForConfig ? "manip" : "";
    const dashes = command === undefined ? [] : [plain("--", `then ${command}`)];
    const choices = [...optionsOf(verb), ...everywhere, ...dashes];
    return { key, choices, command: after, files: Object.keys(operands).length > 0 };
  });
  if (applet.verbs.some(({ name }) => name === "")) return verbs;
  const own = applet.verbs.map(({ name, summary }) => plain(name, summary));
  const others = applet.looksForConfig
    ? names.filter(({ word }) => word !== applet.name && !own.some((each) => each.word === word))
    : [];
  const choices = [...own, ...others, ...everywhere];
  return [{ key: applet.name, choices, command: undefined, files: false }, ...verbs];
}

const plain = (word: string, summary: string): Choice => ({
  word,
  summary,
  takesValue: false,
  notBehind: [],
});

function optionsOf(verb: Declared): Choice[] {
  const specs = verb.options;
  return Object.entries(specs).flatMap(([name, spec]) => {
    const global = Object.entries(globalAliases).find(([, long]) => long === name)?.[0];
    const short = spec.alias ?? (specs === globalOptions ? global : undefined);
    const takesValue = spec.type !== "flag";
    const notBehind = excludedBy(verb, name)
      .filter((other) => Object.hasOwn(specs, other))
      .map((other) => `--${other}`);
    const choice = { summary: spec.summary, takesValue, notBehind };
    return [
      { word: `--${name}`, ...choice },
      ...(short === undefined ? [] : [{ word: `-${short}`, ...choice }]),
    ];
  });
}

/** The cases of a shell's switch: an option of a place, and the words that are not offered behind it. */
export const exclusionsOf = (
  places: readonly CommandPoint[],
): readonly { readonly at: string; readonly words: string[] }[] =>
  places.flatMap(({ key, choices }) =>
    [...new Set(choices.flatMap(({ notBehind }) => notBehind))].map((word) => ({
      at: `${key} ${word}`,
      words: choices.filter(({ notBehind }) => notBehind.includes(word)).map((choice) => choice.word),
    })),
  );
