#!/usr/bin/env node
// The whole suite: build, lint, types, tests. Ends with the plain line `N passed, N failed, N skipped`.
// Arguments are test files to run instead of all (nothing is linted then).
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const files = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;

const steps = [
  ["build", ["node", "build.mjs", "generate", "bundle", "package", "man"]],
  ["format and lint", ["npx", "biome", "check", "."]],
  ["types", ["npx", "tsc"]],
];
for (const [what, [command, ...args]] of files.length > 0 ? steps.slice(0, 1) : steps) {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  console.log(`${status === 0 ? "ok" : "not ok"} - ${what}`);
  if (status === 0) passed += 1;
  else failed += 1;
}
if (failed === 0) for (const run of runsOf(files)) await runTap(run);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/**
 * What boots kernels comes by itself, no more guests at a time than there are processors: each call of a program
 * in a guest is a switch between two processes here, and every other busy process comes in between.
 */
function runsOf(named) {
  const all = named.length > 0 ? named : testFiles("test");
  const [guests, others] = [true, false].map((wanted) =>
    all.filter((file) => /(^|\/)test\/kernel\//.test(file) === wanted),
  );
  const runs = [others, ["--jobs", String(Math.min(availableParallelism(), 3)), ...guests]];
  return runs.filter((run) => run.some((word) => word.endsWith(".ts")));
}

function testFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file))
    .sort();
}

/** Shows failures in full and one line per file; counts the assertions. */
async function runTap(words) {
  const tap = spawn("npx", ["tap", "run", "--reporter=tap", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise((resolve) => tap.on("close", resolve));
  let failedAssertions = 0;
  let quoting = false;
  for await (const line of createInterface({ input: tap.stdout })) {
    const point = /^(\s*)(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO|time=)(.*))?(?: \{)?$/i.exec(line);
    if (point) {
      const [, indent, not, , directive = ""] = point;
      const isGroup = directive === "time=";
      if (/^(SKIP|TODO)$/i.test(directive)) skipped += 1;
      else if (!isGroup && not) failedAssertions += 1;
      else if (!isGroup) passed += 1;
      quoting = Boolean(not) && directive.toUpperCase() !== "TODO";
      if (indent === "" || quoting || /SKIP/i.test(directive)) console.log(line);
    } else if (quoting || /^\s*# (print|measured|states)/.test(line)) {
      console.log(line);
      if (/^\s*\.\.\.$/.test(line)) quoting = false;
    }
  }
  const status = await exit;
  failed += failedAssertions > 0 || status === 0 ? failedAssertions : 1;
}
