/**
 * The shell that runs one applet: arguments and stdin in; stdout, stderr and exit status out.
 * Nothing below it knows of arguments, stdout or the process.
 */
import { DvmError, ReaderGone, toDvmError } from "../core/base/error.ts";
import { PathError } from "../core/base/path-error.ts";
import { asciiJson, printable, printableLines } from "../core/base/printable.ts";
import type { Sys } from "../core/port/sys.ts";
import type { Config } from "../schema/index.ts";
import type { Applet, Applets, Verb } from "./applet.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { encodeDocument } from "./encode-document.ts";

/** What the shell needs of the process it runs in. */
export interface ShellHost {
  readonly version: string;
  /** All of them, for help. */
  readonly applets: Applets;
  /** The width of the terminal, where stdout is one. */
  readonly columns: () => number;
  readonly stdoutIsTerminal: () => boolean;
  readonly stdinIsTerminal: () => boolean;
  /** The config of the machine, for an applet that may look for one. */
  readonly defaultConfig: () => string | undefined;
  readonly readConfig: (path: string) => Promise<Uint8Array>;
  readonly makeSys: (
    config: Config,
    args: Arguments,
    configFile: string | undefined,
    applet: Applet,
  ) => Promise<Sys>;
  /** Resolves when the bytes are handed over. */
  readonly writeStdout: (bytes: Uint8Array | string) => Promise<void>;
  readonly writeStderr: (text: string) => void;
}

/** @returns the exit status */
export async function runApplet(host: ShellHost, applet: Applet, argv: readonly string[]): Promise<number> {
  let name = applet.name;
  const jsonErrors = argv
    .slice(0, argv.includes("--") ? argv.indexOf("--") : undefined)
    .includes("--json-errors");
  let worded = (message: string) => message;
  let printed: ((value: unknown) => Promise<void>) | undefined;
  try {
    const args = parseArguments(applet, argv);
    const { globals, verb } = args;
    if (globals["help"]) {
      const { renderHelp } = await import("./help.ts");
      const others = applet.looksForConfig && !verb ? await host.applets.all() : [];
      await host.writeStdout(await renderHelp(applet, verb, { columns: host.columns(), others }));
      return 0;
    }
    if (globals["version"]) {
      await host.writeStdout(`dvm ${host.version}\n`);
      return 0;
    }
    if (!verb) throw new Error("no verb was found and none was missed");
    name = [applet.name, verb.name].filter(Boolean).join(" ");
    if (takesStdin(verb, args) && host.stdinIsTerminal()) {
      throw new DvmError("USAGE", "reads a document on stdin, which is a terminal: pipe one in");
    }
    const configFile = globals["config"] ?? (applet.looksForConfig && host.defaultConfig());
    const config = await readConfig(host, configFile);
    const trace = globals["trace"] ?? config.common?.trace;
    const effective: Config =
      typeof trace === "string" ? { ...config, common: { ...config.common, trace } } : config;
    const from = typeof configFile === "string" ? configFile : undefined;
    const sys = await host.makeSys(effective, args, from, applet);
    const { wording } = sys.terminal;
    if (applet.looksForConfig) wording.given(typedAgain(args));
    worded = (message) => wording.of(message);
    printed = async (value) => {
      const style = config.common?.json ?? (host.stdoutIsTerminal() ? "pretty" : "compact");
      if (value === undefined) return;
      const isForPeople = verb.output === "text" || host.stdoutIsTerminal();
      const shown = isForPeople ? printableLines : (text: string) => text;
      if (value instanceof Uint8Array) await host.writeStdout(value);
      else if (typeof value === "string") await host.writeStdout(shown(value));
      else for (const piece of encodeDocument(value, style)) await host.writeStdout(shown(piece));
    };
    const { runVerb } = await import("./run-verb.ts");
    const result = await runVerb(sys, applet, verb, { ...args, stdin: "-" });
    await printed(result).catch(lost);
    return 0;
  } catch (thrown) {
    if (thrown instanceof ReaderGone) return 0;
    const error = toDvmError(thrown);
    // What has failed decides the status, not who reads of it.
    if (error.output !== undefined) await printed?.(error.output).catch(() => undefined);
    host.writeStderr(failureLine(name, error, worded(error.message), jsonErrors));
    return error.status;
  }
}

/** What the next command needs as well: where the config is, and where VGs were looked for. */
function typedAgain({ globals, verb, options }: Arguments): { config?: string; devices?: readonly string[] } {
  const { config } = globals;
  const isWhere = verb?.options["devices"]?.alias === "d";
  return {
    ...(typeof config === "string" && { config }),
    ...(isWhere && { devices: options["devices"] as readonly string[] }),
  };
}

/** By the time a result is written, what was asked for is done. */
function lost(thrown: unknown): never {
  if (thrown instanceof ReaderGone) throw thrown;
  const { code, message } = toDvmError(thrown);
  throw new DvmError(code, `${message}: the result could not be written, all else is done`, {
    cause: thrown,
  });
}

/** The last line on stderr. A bug comes with its stack before it. */
function failureLine(name: string, error: DvmError, message: string, jsonErrors: boolean): string {
  if (jsonErrors) {
    const { code, details } = error;
    return `${asciiJson({ error: { code, message, details } })}\n`;
  }
  const stack = error.code === "BUG" && error.cause instanceof Error ? `${error.cause.stack}\n` : "";
  return `${printableLines(stack)}${name}: ${printable(message.replaceAll("\n", " "))} [${error.code}]\n`;
}

async function readConfig(host: ShellHost, path: unknown): Promise<Config> {
  if (typeof path !== "string") return {};
  const bytes = await host.readConfig(path).catch((thrown: unknown) => {
    if (!(thrown instanceof PathError)) throw thrown;
    throw new DvmError(thrown.code, `config ${thrown.message}`, { cause: thrown });
  });
  const { parseDocument } = await import("../schema/index.ts");
  return parseDocument("config", bytes, path);
}

function takesStdin(verb: Verb, { operands, options }: Arguments): boolean {
  const instead = verb.stdinOption === undefined ? undefined : options[verb.stdinOption];
  if (verb.stdin !== undefined && (instead ?? "-") === "-") return true;
  return [...namedInputs(verb.operands, operands), ...namedInputs(verb.options, options)].includes("-");
}

const namedInputs = (specs: Verb["options"], given: Readonly<Record<string, unknown>>): unknown[] =>
  Object.entries(specs)
    .filter(([, spec]) => spec.document !== undefined || spec.bytes)
    .map(([name]) => given[name]);
