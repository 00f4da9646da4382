/** Command lines, typed to dvm in this process, on a machine in memory. */
import { dispatch } from "../../src/applets/dispatch.ts";
import { applets } from "../../src/applets/index.ts";
import { runApplet, type ShellHost } from "../../src/applets/shell.ts";
import type { Files } from "../../src/core/port/files.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import type { Machine } from "./machine.ts";

export interface Typed {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a line: words with spaces between them, files of the machine behind < and >.
 * @param config is dvm's own, since the machine's stands in no file
 */
export async function type(machine: Machine, line: string): Promise<Typed> {
  const [, command = "", , from, , to] = /^(.*?)( < (\S+))?( > (\S+))?$/.exec(line) ?? [];
  const stdin = from === undefined ? undefined : machine.files.get(from);
  const stdout: Buffer[] = [];
  let stderr = "";
  const host: ShellHost = {
    version: "1.2.3",
    applets,
    columns: () => 100,
    stdoutIsTerminal: () => false,
    stdinIsTerminal: () => stdin === undefined,
    defaultConfig: () => undefined,
    readConfig: () => Promise.reject(new Error("there is no config")),
    makeSys: async () => withStdin(machine.sys(), machine, stdin),
    writeStdout: async (bytes) => void stdout.push(Buffer.from(bytes)),
    writeStderr: (text) => {
      stderr += text;
    },
  };
  const [name = "", ...words] = command.split(" ");
  const found = await dispatch(applets, name, words);
  if ("print" in found) throw new Error(`${line} prints what is asked of the process`);
  const status = await runApplet(host, found.applet, found.argv);
  const bytes = Buffer.concat(stdout);
  if (to !== undefined) machine.files.set(to, bytes);
  return { status, stdout: to === undefined ? bytes.toString() : "", stderr };
}

/** As type, of a line that ends with 0. @returns what is on stdout */
export async function mustType(machine: Machine, line: string): Promise<string> {
  const { status, stdout, stderr } = await type(machine, line);
  if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
  return stdout;
}

/** The machine's files, where - is stdin, and what is written into a file stays there. */
function withStdin(sys: Sys, machine: Machine, stdin: Buffer | undefined): Sys {
  const path = (name: string) => (name === "-" ? "stdin" : name);
  if (stdin) machine.files.set("stdin", stdin);
  const plain = sys.files;
  const files: Files = {
    ...plain,
    read: (name, limit) => plain.read(path(name), limit),
    openSource: (name) => plain.openSource(path(name)),
    openSink: async (name) => {
      const pieces: Buffer[] = [];
      return {
        write: async (bytes) => void pieces.push(Buffer.from(bytes)),
        finish: async () => void machine.files.set(name, Buffer.concat(pieces)),
        abandon: async () => undefined,
      };
    },
  };
  Object.assign(sys, { files });
  return sys;
}
