/** Runs the real, bundled dvm as a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const bundle = fileURLToPath(new URL("../../dist/dvm", import.meta.url));
export const packaged = `${bundle}-linux-x64`;

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

/** `dvm ARGS` from dist/dvm. */
export const dvm = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  run([process.execPath, bundle, ...args], options);

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
