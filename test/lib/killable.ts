/** The real program as a process, made so that it can kill itself before any step. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const killingSys = fileURLToPath(new URL("../fixtures/killing-sys.ts", import.meta.url));

const koffi: string = "../../packaging/koffi.mjs";

/**
 * Bundles the product as build.mjs does, but for the real world, which comes from fixtures/killing-sys.ts.
 */
export async function buildKillable(outfile: string): Promise<void> {
  const { koffiDefine } = (await import(koffi)) as { koffiDefine: () => Record<string, string> };
  await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    banner: { js: '"use strict";const __importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "__importMetaUrl", ...koffiDefine() },
    logLevel: "error",
    plugins: [
      {
        name: "killing-sys",
        setup({ onResolve }) {
          onResolve({ filter: /core\/host\/sys\.ts$/ }, ({ importer }) =>
            importer === main ? { path: killingSys } : undefined,
          );
        },
      },
    ],
  });
}

export interface Ended {
  /** Of a process that killed itself: null. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started, in a group of its own. */
export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export function start(
  [file = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Started {
  const child = spawn(file, args, { env: { ...process.env, ...env }, detached: true });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (text.stderr += chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    // Not "close": who is killed alone leaves children behind, which hold its stderr.
    child.on("exit", (status) => resolve({ status, ...text }));
  });
  return { pid: child.pid ?? 0, ended };
}
