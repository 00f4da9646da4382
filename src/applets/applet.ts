/**
 * What an applet is: a value in one file of its name. Everything that lists applets, verbs or options (help,
 * symlinks, completions, man pages, contract tests) derives from these values; the shell (shell.ts) runs
 * them.
 */
import type { ParameterGroup, Parameters, Values } from "../core/port/parameters.ts";
import type { Sys } from "../core/port/sys.ts";
import type { DocumentName, Documents } from "../schema/index.ts";

/** What `run` gets. */
export interface Call<Operands extends Parameters, Options extends Parameters, Stdin> {
  readonly operands: Values<Operands>;
  readonly options: Values<Options>;
  readonly stdin: Stdin;
  /** What follows `--`. */
  readonly command: readonly string[];
}

/** One verb of an applet. `name` is "" for an applet that has no verbs. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** More for its help, in whole sentences. */
  readonly description?: string;
  /** Command lines that end its help, each as it can be typed. */
  readonly examples?: readonly string[];
  /** In order. */
  readonly operands: Parameters;
  readonly options: Parameters;
  /** Which of them go together. */
  readonly groups?: readonly ParameterGroup[];
  /** The document (or "bytes") that it reads on stdin. */
  readonly stdin?: DocumentName | "bytes";
  /** The option (of plain text) that names a file to read instead of stdin. */
  readonly stdinOption?: string;
  /** Takes a command after `--`, for instance `MUTATOR [ARGS]`. */
  readonly command?: string;
  /** The option with which the command is given, and without which it is not. Left out: it always is. */
  readonly commandGoesWith?: string;
  /** What it gives on stdout: a document, "bytes" or "text" (run returns a Uint8Array or string), "none". */
  readonly output: DocumentName | "bytes" | "text" | "none";
  readonly run: (sys: Sys, call: Call<Parameters, Parameters, unknown>) => Promise<unknown>;
}

export interface ReferenceTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Applet {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
  /**
   * Without --config it takes $DVM_CONFIG or /etc/dvm/config.json. The umbrella only: the others are
   * stateless.
   */
  readonly looksForConfig?: true;
  /** What its page in the documentation has beside verbs and options. */
  readonly tables?: readonly ReferenceTable[];
}

/** THE table, as dispatch and whoever lists applets sees it. */
export interface Applets {
  /** In the order in which they are shown. */
  readonly names: readonly string[];
  /** @returns undefined when there is none of that name */
  find(name: string): Promise<Applet | undefined>;
  all(): Promise<readonly Applet[]>;
}

type StdinValue<S> = S extends DocumentName ? Documents[S] : S extends "bytes" ? Buffer : undefined;

/** A verb, of which the compiler knows the parameters. */
type VerbOf<Name, Operands, Options, Output> = Omit<Verb, "name" | "operands" | "options" | "output"> & {
  readonly name: Name;
  readonly operands: Operands;
  readonly options: Options;
  readonly output: Output;
};

/** Writes down an applet, so that the compiler knows its verbs. */
export const applet = <const A extends Applet>(spec: A): A => spec;

/** Writes down a verb; the types of `call` follow from its operands, options and stdin. */
export function verb<
  const Name extends string,
  const Output extends Verb["output"],
  const Operands extends Parameters = Record<never, never>,
  const Options extends Parameters = Record<never, never>,
  const Stdin extends DocumentName | "bytes" | undefined = undefined,
>(spec: {
  readonly name: Name;
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly operands?: Operands;
  readonly options?: Options;
  readonly groups?: readonly {
    readonly give: ParameterGroup["give"];
    readonly of: readonly (keyof Operands | keyof Options)[];
  }[];
  readonly stdin?: Stdin;
  readonly stdinOption?: string & keyof Options;
  readonly command?: string;
  readonly commandGoesWith?: string & keyof Options;
  readonly output: Output;
  readonly run: (sys: Sys, call: Call<Operands, Options, StdinValue<Stdin>>) => Promise<unknown>;
}): VerbOf<Name, Operands, Options, Output> {
  return { operands: {}, options: {}, ...spec } as never;
}
