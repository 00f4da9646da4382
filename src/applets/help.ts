import { notesOf, type ParameterSpec } from "../core/port/parameters.ts";
import type { Applet, Verb } from "./applet.ts";
import { placeholder } from "./arguments.ts";
import { globalAliases, globalOptions } from "./globals.ts";

export interface HelpOptions {
  /** The width of the terminal. */
  readonly columns: number;
  /** For the umbrella: the applets that it names beside its own verbs. */
  readonly others: readonly Applet[];
}

/**
 * The help text of an applet or of one verb, rendered by yargs, which is loaded only here since it is slow
 * to.
 */
export async function renderHelp(
  applet: Applet,
  verb: Verb | undefined,
  { columns, others }: HelpOptions,
): Promise<string> {
  const { default: yargs } = await import("yargs");
  const only = applet.verbs.length === 1 && applet.verbs[0]?.name === "" ? applet.verbs[0] : verb;
  const instance = yargs([])
    .scriptName(applet.name)
    .locale("en")
    .help(false)
    .version(false)
    .wrap(Math.min(columns, 110));
  if (only) {
    const more = only.description ? `\n\n${only.description}` : "";
    instance.usage(`Usage: ${synopsis(applet, only)}\n\n${only.summary}.${more}`);
    for (const [name, spec] of Object.entries(only.operands)) {
      instance.positional(placeholder(name, spec), {
        describe: described(spec, notesOf(only, name)),
        type: "string",
      });
    }
    for (const [name, spec] of Object.entries(only.options))
      instance.option(name, optionOf(spec, "Options:", notesOf(only, name)));
    const { examples = [] } = only;
    if (examples.length > 0) instance.epilog(`Examples:\n${examples.map((line) => `  ${line}\n`).join("")}`);
  } else {
    instance.usage(`Usage: ${applet.name} VERB [ARGUMENTS]\n\n${applet.summary}.`);
    for (const each of applet.verbs) instance.command(brief(each), each.summary);
    const tools = others.filter(({ name }) => name !== applet.name);
    const width = Math.max(...tools.map(({ name }) => name.length));
    const list = tools.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join("");
    const also =
      tools.length === 0
        ? ""
        : `${applet.name} APPLET ARGUMENTS runs one of the tools alone (--list names them):\n${list}\n`;
    instance.epilog(`${also}${applet.name} VERB --help tells more.`);
  }
  for (const [name, spec] of Object.entries<ParameterSpec>(globalOptions)) {
    const alias = Object.entries(globalAliases)
      .filter(([, long]) => long === name)
      .map(([short]) => short);
    instance.option(name, { ...optionOf(spec, "Everywhere:"), alias });
  }
  return `${await instance.getHelp()}\n`;
}

/** One line: the command as it is typed, optional parts in brackets. */
export function synopsis(applet: Applet, verb: Verb): string {
  const operands = Object.entries(verb.operands).map(([name, spec]) =>
    bracketed(spec, placeholder(name, spec) + (spec.many ? "…" : "")),
  );
  const options = Object.entries(verb.options).map(([name, spec]) => {
    const text = spec.type === "flag" ? `--${name}` : `--${name} ${placeholder(name, spec)}`;
    return bracketed(spec, text) + (spec.many ? "…" : "");
  });
  return [applet.name, verb.name, ...operands, ...options, ...commandOf(verb)]
    .filter((word) => word !== "")
    .join(" ");
}

/** The verb and its operands, for the list of verbs. */
function brief(verb: Verb): string {
  const operands = Object.entries(verb.operands).map(([name, spec]) =>
    bracketed(spec, placeholder(name, spec) + (spec.many ? "…" : "")),
  );
  return [verb.name, ...operands, ...commandOf(verb)].join(" ");
}

function commandOf({ command, commandGoesWith }: Verb): string[] {
  if (command === undefined) return [];
  return [commandGoesWith ? `[-- ${command}]` : `-- ${command}`];
}

const bracketed = (spec: ParameterSpec, text: string): string => (spec.required ? text : `[${text}]`);

const described = ({ summary }: ParameterSpec, notes: readonly string[]): string =>
  notes.length === 0 ? summary : `${summary} (${notes.join("; ")})`;

function optionOf(spec: ParameterSpec, group: string, notes: readonly string[] = []) {
  const type: "boolean" | "string" = spec.type === "flag" ? "boolean" : "string";
  const alias = spec.alias === undefined ? {} : { alias: spec.alias };
  return { describe: described(spec, notes), group, type, requiresArg: type === "string", ...alias };
}
