/** A change of the metadata: what every verb of manip is, whether typed or part of a batch. */
import type { Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { parseSize } from "../base/units.ts";
import type { Chance } from "../port/chance.ts";
import type { OptionSpec, OptionSpecs, OptionValues } from "./option.ts";
import { Workspace } from "./workspace.ts";

/** The world that a change may ask, and tell. */
export interface ChangeContext {
  readonly chance: Chance;
  /** Says something to people that they did not ask for and want to know. */
  readonly tell: (message: string) => void;
}

export interface Change<O extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly options: O;
  /** Changes the workspace. @throws DvmError; the workspace is of no use after that */
  readonly apply: (workspace: Workspace, options: OptionValues<O>, context: ChangeContext) => void;
}

/** Writes down a change; the types of its options follow from their specs. */
export const change = <const O extends OptionSpecs>(spec: Change<O>): Change<O> => spec;

/**
 * Makes one change.
 * @throws DvmError BAD_INPUT for metadata that contradicts itself, UNSUPPORTED for a newer program's, and what
 * the change refuses; BUG when the result contradicts itself
 */
export function makeChange<O extends OptionSpecs>(
  { apply }: Change<O>,
  metadata: Metadata,
  options: OptionValues<O>,
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
  if (result === metadata && !isTold) context.tell("all of this is so already");
  return result;
}

/**
 * Reads the options of a change in a batch: as typed on the command line, or as JSON numbers and booleans (a
 * number that is a size is in sectors).
 * @throws DvmError BAD_INPUT naming the option
 */
export function readOptions<O extends OptionSpecs>(
  specs: O,
  given: Readonly<Record<string, unknown>>,
): OptionValues<O> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined) throw new DvmError("BAD_INPUT", `unknown key "${unknown}"`);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (spec.many) {
      const list = value === undefined ? [] : Array.isArray(value) ? value : [value];
      values[name] = list.map((each) => readOption(name, spec, each));
    } else if (value !== undefined) values[name] = readOption(name, spec, value);
    else if (spec.required) throw new DvmError("BAD_INPUT", `missing key "${name}"`);
    else values[name] = spec.type === "flag" ? false : undefined;
  }
  return values as OptionValues<O>;
}

function readOption(name: string, { type = "text", document }: OptionSpec, value: unknown): unknown {
  const refuse = (expected: string) => new DvmError("BAD_INPUT", `"${name}" must be ${expected}`);
  if (document) throw refuse(`left out: a ${document} document cannot stand in a batch`);
  if (type === "flag") {
    if (typeof value !== "boolean") throw refuse("true or false");
    return value;
  }
  if (type === "text") {
    if (typeof value !== "string" && typeof value !== "number") throw refuse("a text");
    return String(value);
  }
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (type === "size" && typeof value === "string") return parseSize(value, name);
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  throw refuse(type === "size" ? 'a size, as "512M"' : "a whole number");
}
