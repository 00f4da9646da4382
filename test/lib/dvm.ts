/** Runs the real, bundled dvm as a process of its own. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const bundle = fileURLToPath(new URL("../../dist/dvm", import.meta.url));
export const packaged = `${bundle}-linux-x64`;

/**
 * What runs when `dvm` is typed: the executable, which starts in half of the time, unless it is older than
 * the bundle that it was made of. What goes by Node or its options names the bundle.
 */
export const dvmProgram: readonly string[] = isOlder(packaged, bundle)
  ? [process.execPath, bundle]
  : [packaged];

function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return (a ?? 0) < (b ?? 0);
}

export interface Ran {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** `dvm ARGS`, as it is typed. */
export const dvm = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  run([...dvmProgram, ...args], options);

/** Any command; never rejects for a status. A killed process has status 128 + signal as in a shell. */
export function run(
  [file, ...args]: readonly string[],
  { input = "", env, cwd }: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    if (file === undefined) throw new Error("no command");
    const child = spawn(file, args, { cwd, env: env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({
        status: code ?? (signal === "SIGKILL" ? 137 : 143),
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    child.stdin.end(input);
  });
}

/** The document on stdout, for a run that must have succeeded. */
export function documentOf<T = Record<string, unknown>>({ status, stdout, stderr }: Ran): T {
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout.toString()) as T;
}
