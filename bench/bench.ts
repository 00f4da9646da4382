/**
 * `npm run bench [-- ROW…]`: measures dvm beside its peers in one run and prints the ratios. What is reached
 * is kept in docs/benchmarks.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { node } from "./lib/dvm.ts";
import { run } from "./lib/measure.ts";
import type { Result, Row } from "./lib/row.ts";
import { rows } from "./rows/index.ts";

async function measure(row: Row): Promise<void> {
  const lacks = row.lacks?.();
  if (lacks !== undefined) return print(row, [`not measured: ${lacks}`]);
  const directory = mkdtempSync(join(process.env["BENCH_DIR"] ?? "/var/tmp", "dvm-bench-"));
  const undos: (() => void)[] = [];
  try {
    const results = await row.run({
      directory,
      atEnd: (undo) => undos.push(undo),
      say: (line) => process.stderr.write(`# ${row.name}: ${line}\n`),
    });
    print(row, results.map(shown));
  } catch (error) {
    process.exitCode = 1;
    print(row, [`failed: ${error instanceof Error ? error.message : error}`]);
  } finally {
    for (const undo of undos.reverse()) undo();
    rmSync(directory, { recursive: true, force: true });
  }
}

const shown = ({ what, measured, reached }: Result): string =>
  `${what === "" ? "" : `${what}: `}${measured} ${reached ? "reached" : "NOT REACHED"}`;

const print = ({ name, work, reach }: Row, lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`| ${name} | ${work} | ${reach} | ${line} |\n`);
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !rows.some((row) => row.name === name));
if (unknown !== undefined)
  throw new Error(`no row ${unknown}: there is ${rows.map(({ name }) => name).join(", ")}`);
const version = (command: readonly string[]): string => {
  try {
    return run(command, { keep: true }).trim().split("\n")[0] ?? "";
  } catch {
    return "none";
  }
};
process.stdout.write(
  `# ${cpus().length} CPUs ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
    `Linux ${release()}\n` +
    `# Node in dvm-linux-x64 ${version([node, "--version"])}, Node of this script ${process.version}, ` +
    `lvm ${version(["sh", "-c", "lvm version 2>/dev/null | sed 's/^ *LVM version: *//'"])}\n`,
);
for (const row of rows) if (wanted.length === 0 || wanted.includes(row.name)) await measure(row);
