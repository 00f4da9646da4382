/** A verb in words, for whatever kind of page. */
import type { ParameterSpec, Parameters, Verb } from "../applet.ts";
import { placeholder } from "../arguments.ts";
import { globalAliases, globalOptions } from "../globals.ts";

export interface Term {
  /** As it is typed: `--devices PATH, -d PATH`. */
  readonly term: string;
  readonly text: string;
}

export const operandsOf = ({ operands }: Verb): Term[] =>
  Object.entries(operands).map(([name, spec]) => ({ term: placeholder(name, spec), text: sentence(spec) }));

export const optionsOf = ({ options }: Pick<Verb, "options">): Term[] => optionTerms(options, {});

export const globalTerms = (): Term[] => optionTerms(globalOptions, globalAliases);

function optionTerms(options: Parameters, aliases: Readonly<Record<string, string>>): Term[] {
  return Object.entries(options).map(([name, spec]: [string, ParameterSpec]) => {
    const value = spec.type === "flag" ? "" : ` ${placeholder(name, spec)}`;
    const short = spec.alias ?? Object.entries(aliases).find(([, long]) => long === name)?.[0];
    const term = `--${name}${value}${short === undefined ? "" : `, -${short}${value}`}`;
    return { term, text: sentence(spec) };
  });
}

function sentence({ summary, required, many, document }: ParameterSpec): string {
  const notes = [
    document === undefined ? "" : `document ${document}`,
    required ? "required" : "",
    many ? "may be given several times" : "",
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
