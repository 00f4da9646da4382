/** The entry of the one executable: finds the applet, builds the real world, ends with the exit status. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dispatch } from "./applets/dispatch.ts";
import { applets } from "./applets/index.ts";
import { runApplet, type ShellHost } from "./applets/shell.ts";
import { inProcessToolbox } from "./applets/toolbox.ts";
import { DvmError, errnoOf } from "./core/base/error.ts";
import { writeStderr, writeStdout } from "./core/host/stdio.ts";
import { hostSys } from "./core/host/sys.ts";

declare const DVM_VERSION: string;

const MACHINE_CONFIG = "/etc/dvm/config.json";

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const host: ShellHost = {
  version: typeof DVM_VERSION === "string" ? DVM_VERSION : "0.0.0-source",
  columns: process.stdout.columns ?? 100,
  stdoutIsTerminal: Boolean(process.stdout.isTTY),
  stdinIsTerminal: Boolean(process.stdin.isTTY),
  defaultConfig: () => process.env["DVM_CONFIG"] || (existsSync(MACHINE_CONFIG) ? MACHINE_CONFIG : undefined),
  readConfig: (path) =>
    readFile(path).catch((cause) => {
      throw new DvmError("BAD_INPUT", `config ${path}: cannot be read: ${errnoOf(cause) ?? cause}`, {
        cause,
      });
    }),
  makeSys: (config, globals) =>
    hostSys({
      config,
      verbose: globals["verbose"] === true,
      now: text(globals["now"]),
      seed: text(globals["seed"]),
      toolbox: (sys) => inProcessToolbox(applets, sys),
    }),
  writeStdout,
  writeStderr,
};

async function main(): Promise<number> {
  const found = dispatch(applets, invokedAs(), process.argv.slice(2));
  if ("print" in found) {
    await writeStdout(found.print);
    return 0;
  }
  if ("refuse" in found) {
    writeStderr(`dvm: ${found.refuse} [USAGE]\n`);
    return 2;
  }
  return runApplet(host, found.applet, found.argv);
}

/** The name this was called by. Under plain Node argv0 is node's, and argv[1] the script or symlink. */
function invokedAs(): string {
  const script = process.argv[1] ?? "dvm";
  return /(^|\/)node[^/]*$/.test(process.argv0) ? script : process.argv0;
}

main().then(
  // A device that hangs must not hold up the end, so nothing is waited for.
  (status) => process.exit(status),
  (error) => {
    writeStderr(`${error instanceof Error ? error.stack : error}\ndvm: ${error} [BUG]\n`);
    process.exit(70);
  },
);
