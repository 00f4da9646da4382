/** A change of the metadata: what every verb of manip is, whether typed or part of a batch. */
import type { Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Chance } from "../port/chance.ts";
import {
  checkGiven,
  type ParameterGroup,
  type Parameters,
  readValues,
  type Values,
} from "../port/parameters.ts";
import type { WarningKind } from "../port/terminal.ts";
import { Workspace } from "./workspace.ts";

/** The world that a change may ask, and tell. */
export interface ChangeContext {
  readonly chance: Chance;
  /** Says something to people that they did not ask for and want to know. */
  readonly tell: (message: string, of?: WarningKind) => void;
}

export interface ChangeVerb<O extends Parameters = Parameters, Name extends string = string> {
  readonly name: Name;
  readonly summary: string;
  readonly description?: string;
  /** What may stand behind its name, two or three times: `--name data --size 10G`. */
  readonly examples: readonly string[];
  readonly options: O;
  readonly groups?: readonly (ParameterGroup & { readonly of: readonly (string & keyof O)[] })[];
  /** Changes the workspace. @throws DvmError; the workspace is of no use after that */
  readonly apply: (workspace: Workspace, options: Values<O>, context: ChangeContext) => void;
}

/** Writes down a change; the types of its options follow from their specs. */
export const change = <const O extends Parameters, const Name extends string>(
  spec: ChangeVerb<O, Name>,
): ChangeVerb<O, Name> => spec;

/**
 * Makes one change.
 * @throws DvmError BAD_INPUT for metadata that contradicts itself, UNSUPPORTED for a newer program's, and
 *   what
 * the change refuses; BUG when the result contradicts itself
 */
export function makeChange<O extends Parameters>(
  { apply }: ChangeVerb<O>,
  metadata: Metadata,
  options: Values<O>,
  context: ChangeContext,
): Metadata {
  const workspace = new Workspace(metadata);
  let isTold = false;
  const tell = (message: string) => {
    isTold = true;
    context.tell(message);
  };
  apply(workspace, options, { ...context, tell });
  const result = workspace.result(context.chance);
  if (result === metadata && !isTold) context.tell("all of this is so already", "so-already");
  return result;
}

/**
 * Reads the options of a change in a batch.
 * @throws DvmError BAD_INPUT or USAGE naming the option
 */
export function readOptions<O extends Parameters>(
  change: ChangeVerb<O>,
  given: Readonly<Record<string, unknown>>,
): Values<O> {
  const refuse = (message: string) => new DvmError("BAD_INPUT", message);
  for (const name of Object.keys(given)) {
    const spec = Object.hasOwn(change.options, name) ? change.options[name] : undefined;
    if (!spec) throw refuse(`unknown key "${name}"`);
    if (spec.document)
      throw refuse(`"${name}" must be left out: a ${spec.document} document cannot stand in a batch`);
  }
  const values = readValues(change.options, given);
  checkGiven(change, values, (name) =>
    name in given ? new DvmError("USAGE", `option --${name} is missing`) : refuse(`missing key "${name}"`),
  );
  return values;
}
