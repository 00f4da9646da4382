#!/usr/bin/env node
// The whole suite: build, lint, types, tests. Ends with the plain line `N passed, N failed, N skipped`.
// Arguments are test files to run instead of all (nothing is linted then).
import { spawn, spawnSync } from "node:child_process";
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
if (failed === 0) await runTap();
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Shows failures in full and one line per file; counts the assertions. */
async function runTap() {
  const tap = spawn("npx", ["tap", "run", "--reporter=tap", ...files], {
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
