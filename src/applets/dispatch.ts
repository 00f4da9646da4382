import { basename } from "node:path";
import type { Parameters } from "../core/port/parameters.ts";
import type { Applet, Applets } from "./applet.ts";
import { globalAliases, globalOptions } from "./globals.ts";

export type Dispatched =
  | { readonly applet: Applet; readonly argv: readonly string[] }
  | { readonly print: "applets" | "version" };

/**
 * Finds the applet: by the name that the executable was called by (`NAME` or `dvm_NAME`), else by the first
 * word, else it is the umbrella `dvm` itself. Global options may stand before the word.
 */
export async function dispatch(
  { names, find }: Applets,
  invokedAs: string,
  argv: readonly string[],
): Promise<Dispatched> {
  const called = basename(invokedAs).replace(/^dvm_/, "");
  if (called !== "dvm" && names.includes(called)) return { applet: await known(find(called)), argv };
  const at = firstWord(argv);
  const options = argv.slice(0, at);
  if (options.includes("--list")) return { print: "applets" };
  if (options.includes("--version")) return { print: "version" };

  const word = argv[at] ?? "";
  const others = [...options, ...argv.slice(at + 1)];
  const umbrella = () => known(find("dvm"));
  if (word === "dvm") return { applet: await umbrella(), argv: others };
  if (!names.includes(word)) return { applet: await umbrella(), argv: argv.length > 0 ? argv : ["--help"] };
  if (asksForApplet(others) || !(await umbrella()).verbs.some(({ name }) => name === word))
    return { applet: await known(find(word)), argv: others };
  return { applet: await umbrella(), argv };
}

/** Where the first word is that is neither a global option nor its value. */
function firstWord(argv: readonly string[]): number {
  const options: Parameters = globalOptions;
  let at = 0;
  while (argv[at]?.startsWith("-")) {
    const typed = (argv[at] ?? "").replace(/^-+/, "");
    const name = Object.hasOwn(globalAliases, typed) ? (globalAliases[typed] ?? typed) : typed;
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    at += spec && spec.type !== "flag" ? 2 : 1;
  }
  return Math.min(at, argv.length);
}

/**
 * `dvm report VG` is the umbrella's verb; `dvm report lv --metadata F` is the applet, which cannot do
 * without.
 */
const asksForApplet = (words: readonly string[]): boolean =>
  words.some((word) => /^(--(metadata|rows)(=|$)|--help$|-h$)/.test(word));

async function known(found: Promise<Applet | undefined>): Promise<Applet> {
  const applet = await found;
  if (!applet) throw new Error("an applet is missing from the table");
  return applet;
}
