import { basename } from "node:path";
import type { Applet, Parameters } from "./applet.ts";
import { globalAliases, globalOptions } from "./globals.ts";

export type Dispatched =
  | { readonly applet: Applet; readonly argv: readonly string[] }
  | { readonly print: string }
  | { readonly refuse: string };

/**
 * Finds the applet: by the name that the executable was called by (`NAME` or `dvm_NAME`), else by the first
 * word, else it is the umbrella `dvm` itself. Global options may stand before the word.
 */
export function dispatch(applets: readonly Applet[], invokedAs: string, argv: readonly string[]): Dispatched {
  const byName = (name: string | undefined) => applets.find((applet) => applet.name === name);
  const called = byName(basename(invokedAs).replace(/^dvm_/, ""));
  if (called && called.name !== "dvm") return { applet: called, argv };
  if (argv[0] === "--list") return { print: applets.map(({ name }) => `${name}\n`).join("") };

  const umbrella = byName("dvm");
  const at = firstWord(argv);
  const word = argv[at];
  const applet = byName(word);
  if (applet && applet !== umbrella && !(umbrella && isForPeople(umbrella, applet, argv.slice(at + 1)))) {
    return { applet, argv: [...argv.slice(0, at), ...argv.slice(at + 1)] };
  }
  if (umbrella) {
    const rest = applet === umbrella ? [...argv.slice(0, at), ...argv.slice(at + 1)] : argv;
    return { applet: umbrella, argv: rest.length > 0 ? rest : ["--help"] };
  }
  return {
    refuse:
      word === undefined ? "needs an applet: dvm --list" : `no applet or command "${word}": see dvm --list`,
  };
}

/** Where the first word is that is neither a global option nor its value. */
function firstWord(argv: readonly string[]): number {
  const options: Parameters = globalOptions;
  let at = 0;
  while (argv[at]?.startsWith("-")) {
    const name = (argv[at] ?? "").replace(/^-+/, "");
    const takesValue =
      options[globalAliases[name] ?? name] !== undefined &&
      options[globalAliases[name] ?? name]?.type !== "flag";
    at += takesValue ? 2 : 1;
  }
  return at;
}

/** `dvm report VG` is the umbrella's verb; `dvm report lv --metadata F` is the applet, which cannot do without. */
function isForPeople(umbrella: Applet, applet: Applet, rest: readonly string[]): boolean {
  const shadowed = umbrella.verbs.some(({ name }) => name === applet.name);
  return shadowed && !rest.some((word) => /^--(metadata(=|$)|help$)|^-h$/.test(word));
}
