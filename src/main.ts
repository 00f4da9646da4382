/**
 * The entry of the one executable: finds the applet, builds the real world, ends with the exit status. What
 * not every call needs is imported when it is needed, since loading is most of the time that a call takes.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { dispatch } from "./applets/dispatch.ts";
import { applets } from "./applets/index.ts";
import type { ShellHost } from "./applets/shell.ts";
import { ReaderGone, toDvmError } from "./core/base/error.ts";
import { printableLines } from "./core/base/printable.ts";
import { endProcess } from "./core/host/process/end.ts";
import { isTerminal } from "./core/host/process/is-terminal.ts";
import { writeStderr, writeStdout } from "./core/host/process/stdio.ts";

declare const DVM_VERSION: string;

const MACHINE_CONFIG = "/etc/dvm/config.json";
const MAX_CONFIG_BYTES = 1 << 20;

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const host: ShellHost = {
  version: typeof DVM_VERSION === "string" ? DVM_VERSION : "0.0.0-source",
  applets,
  columns: () => process.stdout.columns ?? 100,
  stdoutIsTerminal: () => isTerminal(1),
  stdinIsTerminal: () => isTerminal(0),
  defaultConfig: () => process.env["DVM_CONFIG"] || (isThere(MACHINE_CONFIG) ? MACHINE_CONFIG : undefined),
  readConfig: async (path) =>
    (await import("./core/host/process/files.ts")).hostFiles.read(path, MAX_CONFIG_BYTES),
  async makeSys(config, { globals, options }, configFile, { name }) {
    const { openHostSys } = await import("./core/host/sys.ts");
    const { hostCaller } = await import("./core/host/process/caller.ts");
    const { inProcessToolbox } = await import("./applets/toolbox.ts");
    return openHostSys({
      config,
      configFile,
      verbose: globals["verbose"] === true,
      now: text(globals["now"]),
      seed: text(globals["seed"]),
      dryRun: options["dry-run"] === true,
      caller: () => hostCaller([basename(invokedAs()), ...process.argv.slice(2)], name === "tm"),
      toolbox: (sys) => inProcessToolbox(applets, sys),
    });
  },
  writeStdout,
  writeStderr,
};

/** A config that may not be looked at is there: who reads it says why it cannot be read. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

async function main(): Promise<number> {
  const found = await dispatch(applets, invokedAs(), process.argv.slice(2));
  if ("print" in found) {
    const lines = found.print === "version" ? [`dvm ${host.version}`] : applets.names;
    await writeStdout(lines.map((line) => `${line}\n`).join(""));
    return 0;
  }
  const { runApplet } = await import("./applets/shell.ts");
  return runApplet(host, found.applet, found.argv);
}

/** The name this was called by. Under plain Node argv0 is node's, and argv[1] the script or symlink. */
function invokedAs(): string {
  const script = process.argv[1] ?? "dvm";
  return /(^|\/)node[^/]*$/.test(process.argv0) ? script : process.argv0;
}

/** Not even an applet was found, or something has failed that nobody waits for. */
function failed(thrown: unknown): never {
  if (thrown instanceof ReaderGone) endProcess(0);
  const { code, message, status, cause } = toDvmError(thrown);
  const stack = code === "BUG" && cause instanceof Error ? `${cause.stack}\n` : "";
  writeStderr(printableLines(`${stack}dvm: ${message} [${code}]\n`));
  endProcess(status);
}

// What dvm makes, locks before all, is to be used by whoever made it: no mask takes that away.
process.umask(process.umask(0o077) & 0o077);
process.on("uncaughtException", failed);
// Node would end with 0.
process.on("beforeExit", () => failed(new Error("there is nothing left to wait for, and no end")));
main().then(endProcess, failed);
