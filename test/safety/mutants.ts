/**
 * Plants the bug of each rule of safety in a copy of the tree, one at a time, and runs the tests that are to
 * notice it. Ends with 1 when one of them does not.
 *
 *     npm run mutants [-- WORD…]      rules that have a word in them or in their file
 *     npm run mutants -- --page       writes docs/safety.md
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SafetyRule, safetyRules } from "./rules.ts";
import { safetyPage } from "./table.ts";

/** Whoever hangs has been noticed. */
const LIMIT_MS = 600_000;
const root = fileURLToPath(new URL("../..", import.meta.url));
const words = process.argv.slice(2);

if (words.includes("--page")) {
  writeFileSync(join(root, "docs/safety.md"), safetyPage(safetyRules));
  process.exit(0);
}

const copy = mkdtempSync(join(tmpdir(), "dvm-mutants-"));
for (const name of [
  "src",
  "test",
  "docs",
  "packaging",
  "package.json",
  "tsconfig.json",
  "build.mjs",
  ".taprc",
])
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

/** Runs a test file. @returns whether it passes */
function passes(test: string): boolean {
  const args = ["--import=tsx", "--no-warnings", test];
  const env = { ...process.env, TAP_TIMEOUT: String(LIMIT_MS / 1000) };
  const options = { cwd: copy, env, stdio: "ignore", timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
  return spawnSync(process.execPath, args, options).status === 0;
}

/** What is generated from a schema follows it. */
function generate(file: string): void {
  if (!file.startsWith("src/schema/")) return;
  const { status } = spawnSync(process.execPath, ["build.mjs", "generate"], { cwd: copy, stdio: "inherit" });
  if (status !== 0) throw new Error(`nothing could be generated from ${file}`);
}

/** @returns the tests that do not notice the bug */
function survivors({ file, from, to, tests }: SafetyRule): readonly string[] {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  generate(file);
  try {
    return tests.filter(passes);
  } finally {
    writeFileSync(path, text);
    generate(file);
  }
}

let missed = 0;
try {
  const chosen = safetyRules.filter(
    ({ never, file }) =>
      words.length === 0 || words.some((word) => never.includes(word) || file.includes(word)),
  );
  const unsound = [...new Set(chosen.flatMap(({ tests }) => tests))].find((test) => !passes(test));
  if (unsound !== undefined) throw new Error(`${unsound} fails without any bug`);
  for (const rule of chosen) {
    const blind = survivors(rule);
    missed += blind.length > 0 ? 1 : 0;
    const verdict = blind.length === 0 ? "noticed" : `NOT noticed by ${blind.join(", ")}`;
    console.log(`${verdict}: ${rule.never} (${rule.file})`);
  }
  console.log(`${chosen.length - missed} of ${chosen.length} bugs noticed`);
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exit(missed === 0 ? 0 : 1);
