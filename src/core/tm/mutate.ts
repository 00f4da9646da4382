import { type Discovery, parseJson } from "../../schema/index.ts";
import { asBuffer } from "../base/bytes.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { DvmError } from "../base/error.ts";
import type { Bytes } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { DISCOVERY_WORD } from "../port/toolbox.ts";

/** Metadata larger than this is refused before it is held in memory. */
export const MAX_METADATA: Bytes = 1 << 28;

/**
 * Runs a mutator: old metadata on its stdin, new metadata on its stdout. An applet of ours runs in this
 * process; any other command in one of its own.
 * @param metadata nothing when the VG has none yet
 * @returns the new metadata, JSON, as the mutator wrote it
 * @throws DvmError as a mutator of ours does; MUTATOR_FAILED when another ends with a status but 0;
 *   BAD_INPUT when it gives no JSON, TOO_LARGE when it gives more than 256 MiB
 */
export async function runMutator(
  sys: Sys,
  discovery: Discovery,
  command: readonly string[],
  metadata: Uint8Array,
): Promise<Buffer> {
  const name = command[0];
  if (name === undefined || name === "") throw new DvmError("USAGE", "there is no mutator behind --");
  if (!command.some(wantsDiscovery)) return runCommand(sys, command, metadata);
  return sys.files.withTemporary(Buffer.from(`${canonicalJson(discovery)}\n`), (path) =>
    runCommand(
      sys,
      command.map((word) => (wantsDiscovery(word) ? word.replace(DISCOVERY_WORD, () => path) : word)),
      metadata,
    ),
  );
}

/** The word alone, or as the value of an option. */
const wantsDiscovery = (word: string): boolean =>
  word === DISCOVERY_WORD || (word.startsWith("--") && word.endsWith(`=${DISCOVERY_WORD}`));

async function runCommand(sys: Sys, command: readonly string[], metadata: Uint8Array): Promise<Buffer> {
  const given = sys.toolbox.has(command)
    ? await runOurs(sys, command, metadata)
    : await runForeign(sys, command, metadata);
  if (given.length > MAX_METADATA)
    throw new DvmError("TOO_LARGE", `the mutator ${command[0]} gives more than ${MAX_METADATA} bytes`);
  if (given.length === 0) throw new DvmError("BAD_INPUT", `the mutator ${command[0]} gives nothing`);
  return given;
}

async function runOurs(sys: Sys, command: readonly string[], metadata: Uint8Array): Promise<Buffer> {
  // What a mutator prints when it fails is not our result.
  const given = await sys.toolbox.mutate(command, metadata).catch((thrown: unknown) => {
    if (!(thrown instanceof DvmError)) throw thrown;
    throw new DvmError(thrown.code, thrown.message, { cause: thrown, details: thrown.details });
  });
  return asBuffer(given);
}

async function runForeign(sys: Sys, command: readonly string[], metadata: Uint8Array): Promise<Buffer> {
  const { status, stdout } = await sys.processes.run(command, metadata, MAX_METADATA).catch((thrown) => {
    if (!(thrown instanceof DvmError) || thrown.code !== "NOT_FOUND") throw thrown;
    throw new DvmError("MUTATOR_FAILED", thrown.message, { cause: thrown });
  });
  if (status !== 0)
    throw new DvmError("MUTATOR_FAILED", `the mutator ${command[0]} ended with status ${status}`, {
      details: { status },
    });
  parseJson(stdout, `what the mutator ${command[0]} gives`);
  return stdout;
}
