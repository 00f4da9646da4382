/** A verb in words, for whatever kind of page. */
import { type Declared, notesOf, type ParameterSpec } from "../../core/port/parameters.ts";
import type { Verb } from "../applet.ts";
import { placeholder } from "../arguments.ts";
import { globalAliases, globalOptions } from "../globals.ts";

export interface Term {
  /** As it is typed: `--devices PATH, -d PATH`. */
  readonly term: string;
  readonly text: string;
}

export const operandsOf = (verb: Verb): Term[] =>
  Object.entries(verb.operands).map(([name, spec]) => ({
    term: placeholder(name, spec),
    text: sentence(spec, notesOf(verb, name)),
  }));

export const optionsOf = (verb: Declared): Term[] => optionTerms(verb, {});

export const globalTerms = (): Term[] => optionTerms({ options: globalOptions }, globalAliases);

function optionTerms(verb: Declared, aliases: Readonly<Record<string, string>>): Term[] {
  return Object.entries(verb.options).map(([name, spec]) => {
    const value = spec.type === "flag" ? "" : ` ${placeholder(name, spec)}`;
    const short = spec.alias ?? Object.entries(aliases).find(([, long]) => long === name)?.[0];
    const term = `--${name}${value}${short === undefined ? "" : `, -${short}${value}`}`;
    return { term, text: sentence(spec, notesOf(verb, name)) };
  });
}

function sentence({ summary, required, many, document }: ParameterSpec, more: readonly string[]): string {
  const notes = [
    document === undefined ? "" : `document ${document}`,
    required ? "required" : "",
    many ? "may be given several times" : "",
    ...more,
  ].filter((note) => note !== "");
  return notes.length === 0 ? `${summary}.` : `${summary} (${notes.join("; ")}).`;
}

/** What it reads on stdin and gives on stdout, in sentences; "" when neither. */
export function streamsOf({ stdin, stdinOption, output }: Verb): string {
  const instead = stdinOption === undefined ? "" : `, or from the file that --${stdinOption} names`;
  const reads =
    stdin === undefined
      ? ""
      : `Reads ${stdin === "bytes" ? "bytes" : `a document ${stdin}`} on stdin${instead}.`;
  const gives =
    output === "none" || output === "text"
      ? ""
      : `Gives ${output === "bytes" ? "bytes" : `a document ${output}`} on stdout.`;
  return [reads, gives].filter((words) => words !== "").join(" ");
}
