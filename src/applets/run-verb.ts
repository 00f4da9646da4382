/** Runs one verb: values in, value out, every document checked at the door and kept in the trace. */
import { canonicalJson } from "../core/base/canonical-json.ts";
import { DvmError } from "../core/base/error.ts";
import { checkCommand, checkGiven, isTakenIn, type Parameters, readValues } from "../core/port/parameters.ts";
import type { Sys } from "../core/port/sys.ts";
import { checkDocument, type DocumentName, isDocument } from "../schema/index.ts";
import type { Applet, Verb } from "./applet.ts";
import { parseOnce } from "./passed.ts";

/** Larger input is refused before it is held in memory. */
export const MAX_INPUT_BYTES = 2 ** 30;

/** Where the values of parameters come from: typed text (the shell) or values (another applet). */
export interface Inputs {
  readonly operands: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly stdin: unknown;
  readonly command: readonly string[];
}

/**
 * @returns the verb's result: a checked document, a Uint8Array, a string, or undefined
 * @throws DvmError as the verb does, BAD_INPUT for inputs that are not as the verb wants them
 */
export async function runVerb(sys: Sys, applet: Applet, verb: Verb, inputs: Inputs): Promise<unknown> {
  const label = [applet.name, verb.name].filter(Boolean).join("-");
  const door = { sys, label };
  const stdin =
    verb.stdin === undefined
      ? undefined
      : verb.stdin === "bytes"
        ? await takeBytes(door, "stdin", stdinSource(verb, inputs))
        : await takeDocument(door, "stdin", verb.stdin, stdinSource(verb, inputs));
  const operands = await takeAll(door, verb.operands, inputs.operands);
  const options = await takeAll(door, verb.options, inputs.options);
  checkGiven(verb, { ...operands, ...options }, (name) => new Error(`${label} without --${name}`));
  checkCommand(verb, options, inputs.command);
  try {
    const result = await verb.run(sys, { operands, options, stdin, command: inputs.command });
    return await giveResult(door, verb, result);
  } catch (thrown) {
    throw thrown instanceof DvmError && !isOutputOf(verb, thrown.output)
      ? thrown.withOutput(undefined)
      : thrown;
  }
}

/**
 * True for what a verb that has failed may give all the same. What a tool that it called has given is not for
 * its reader, who expects another document.
 */
function isOutputOf({ output }: Verb, given: unknown): boolean {
  if (given === undefined) return true;
  if (output === "none" || output === "bytes") return false;
  if (output === "text") return typeof given === "string";
  // Bytes are a document's text for people.
  return given instanceof Uint8Array || isDocument(output, given);
}

/** What stands for stdin: the file that an option names, else what the caller gives. */
function stdinSource({ stdinOption }: Verb, { options, stdin }: Inputs): unknown {
  return (stdinOption === undefined ? undefined : options[stdinOption]) ?? stdin;
}

/** Checks a result at the door on the way out. A wrong one is our own bug. */
async function giveResult(door: Door, verb: Verb, result: unknown): Promise<unknown> {
  if (verb.output === "none") return undefined;
  if (verb.output === "bytes" || verb.output === "text" || result instanceof Uint8Array) {
    if (door.sys.trace.wanted)
      await door.sys.trace.keep(`${door.label}-out`, Buffer.from(result as Uint8Array | string));
    return result;
  }
  try {
    checkDocument(verb.output, result, `${door.label} result`);
  } catch (cause) {
    throw new Error(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (door.sys.trace.wanted)
    await door.sys.trace.keep(`${door.label}-out.json`, Buffer.from(`${canonicalJson(result)}\n`));
  return result;
}

interface Door {
  readonly sys: Sys;
  readonly label: string;
}

/** Reads what stands in files, then all values by their table. */
async function takeAll(door: Door, specs: Parameters, given: Readonly<Record<string, unknown>>) {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined) throw new Error(`${door.label} has no parameter ${unknown}`);
  const read: Record<string, unknown> = { ...given };
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name];
    if (value === undefined || !isTakenIn(spec)) continue;
    const take = (each: unknown) =>
      spec.document === undefined
        ? takeBytes(door, name, each)
        : takeDocument(door, name, spec.document, each);
    if (!Array.isArray(value)) read[name] = await take(value);
    else {
      const taken: unknown[] = [];
      for (const each of value) taken.push(await take(each));
      read[name] = taken;
    }
  }
  return readValues(specs, read);
}

/** Reads the file when text is given, takes the value otherwise. */
async function takeDocument(
  door: Door,
  name: string,
  document: DocumentName,
  value: unknown,
): Promise<unknown> {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
    checkDocument(document, value, name);
    if (door.sys.trace.wanted)
      await door.sys.trace.keep(`${door.label}-in-${name}.json`, Buffer.from(`${canonicalJson(value)}\n`));
    return value;
  }
  const bytes = await takeBytes(door, name, value);
  const origin = typeof value === "string" ? value : name === "stdin" ? "-" : `given as ${name}`;
  return parseOnce(document, bytes, origin === "-" ? "on stdin" : origin);
}

async function takeBytes(door: Door, name: string, value: unknown): Promise<Uint8Array> {
  const bytes =
    value instanceof Uint8Array ? value : await door.sys.files.read(String(value), MAX_INPUT_BYTES);
  await door.sys.trace.keep(`${door.label}-in-${name}`, bytes);
  return bytes;
}
