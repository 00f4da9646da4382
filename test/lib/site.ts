/**
 * A directory with image files, a config and a simulated device-mapper, and the real dvm that is typed there.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { dvmProgram, type Ran, run } from "./dvm.ts";

const MIB = 1 << 20;
/** Options of `dvm init` that suit such images. */
export const INIT = "--region-size 1M --extent-size 1M";

export interface Sim {
  devices: {
    name: string;
    uuid: string;
    status?: object;
    live: { lines: { type: string; params: string }[] } | null;
    inactive?: object | null;
    suspended: boolean;
    readOnly: boolean;
  }[];
  broken?: string[];
}

/** One of doctor's findings. */
export interface Found {
  readonly code: string;
  readonly ok: boolean;
  readonly subject: { readonly kind: string; readonly name: string };
  readonly text: string;
}

export type Site = ReturnType<typeof site>;

export function site(t: Test, disks: readonly string[], scan: readonly string[] = ["*.img"]) {
  const cwd = t.testdir({});
  const at = (name: string) => join(cwd, name);
  for (const name of disks) {
    writeFileSync(at(name), "");
    truncateSync(at(name), 16 * MIB);
  }
  const config = {
    discover: { scan },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: at("lock") },
  };
  writeFileSync(at("dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const readOnly = new Set<string>();
  const dvm = (line: string): Promise<Ran> =>
    run([...protecting(readOnly), ...dvmProgram, ...line.split(" ")], { cwd, env });
  const must = async (line: string): Promise<string> => {
    const { status, stdout, stderr } = await dvm(line);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return stdout.toString() + stderr;
  };
  /** The commands that an output names. */
  const advised = async (line: string): Promise<string[]> => {
    const { stdout, stderr } = await dvm(line);
    const commands = `${stdout}${stderr}`.matchAll(
      /\bdvm ([a-z-]+(?: (?:vg|x|rm|move|missing|[a-z]\.img|--[a-z]*)(?![\w.-]))+)/g,
    );
    return [...new Set([...commands].map(([, command = ""]) => command))];
  };
  /** Changes what the simulated device-mapper holds. */
  const change = (how: (sim: Sim) => void) => {
    const sim = JSON.parse(readFileSync(at("dm.json"), "utf8")) as Sim;
    how(sim);
    writeFileSync(at("dm.json"), JSON.stringify(sim));
  };
  const problems = async (): Promise<readonly Found[]> => {
    const { status, stdout } = await dvm("doctor --json");
    const { well, findings } = JSON.parse(stdout.toString()) as { well: boolean; findings: Found[] };
    t.equal(status, well ? 0 : 3, "doctor ends as it says");
    return findings.filter(({ ok }) => !ok);
  };
  const rows = async (what: string): Promise<readonly Record<string, unknown>[]> =>
    (JSON.parse(await must(`report vg ${what} --format json`)) as { rows: Record<string, unknown>[] }).rows;
  const sound = async (what: string) => {
    const { status, stdout } = await dvm("doctor");
    t.equal(status, 0, `${what}: ${stdout}`);
  };
  return { at, dvm, must, advised, change, problems, rows, sound, readOnly };
}

/** True where `readOnly` of a site may be used. */
export const canProtect = spawnSync("unshare", ["-rm", "true"]).status === 0;

/** What begins a command line, so that the kernel takes no writes to these files. */
const protecting = (files: ReadonlySet<string>): readonly string[] =>
  files.size === 0
    ? []
    : ["unshare", "-rm", "sh", "-ec", `${[...files].map(mounted).join("\n")}\nexec "$@"`, "sh"];
const mounted = (file: string): string => `mount --bind ${file} ${file}; mount -o remount,bind,ro ${file}`;
