#!/usr/bin/env node
// The whole suite (or the files that are named) with all rows, four times the random cases and a seed of its own,
// which is printed: DVM_SEED=N takes the same one again.
import { spawnSync } from "node:child_process";

const seed = process.env.DVM_SEED ?? String(Math.floor(Date.now() / 1000));
console.log(`DVM_SEED=${seed}`);
const { status } = spawnSync(process.execPath, ["test/run.mjs", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { DVM_RUNS: "4", ...process.env, DVM_NIGHTLY: "1", DVM_SEED: seed },
});
process.exit(status ?? 1);
