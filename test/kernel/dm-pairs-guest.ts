/**
 * Runs random dm plans on the kernel below: COUNT pairs of states. One line on stdout for each that went wrong, then
 * `done COUNT`.
 */
import { statSync } from "node:fs";
import fc from "fast-check";
import { applyProgram, planPrograms } from "../../src/core/activate/plan.ts";
import { hostChance } from "../../src/core/host/chance.ts";
import { openHostDm } from "../../src/core/host/open-dm.ts";
import { hostTerminal } from "../../src/core/host/terminal.ts";
import { emptySimState } from "../../src/core/sim/dm-state.ts";
import { removeAll } from "../contract/dm.ts";
import { Bench } from "../lib/dm-bench.ts";
import { check, type Devices, desiredEssence, essence, pair, SMALL, scope } from "../lib/dm-pairs.ts";

const [count = "", seed = "", ...disks] = process.argv.slice(2);
const tokens = disks.map((path) => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
});
const dm = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });

/** The worlds of the tests stand on devices 8:0 to 8:3. */
const onDisks = (devices: Devices): Devices =>
  devices.map((device) => ({
    ...device,
    table: (device.table ?? []).map((line) => ({
      ...line,
      params: line.params.replaceAll(/(?<![^ ])8:([0-3])(?= |$)/g, (_, index) => tokens[Number(index)] ?? ""),
    })),
  }));

function goThere(from: Devices, to: Devices, undo: boolean): void {
  const bench = new Bench(emptySimState(), dm);
  const desired = { scope, devices: to };
  bench.build(from);
  const was = essence(bench.dump());
  const { prepare, commit, abort } = planPrograms(bench.dump(), desired);
  check("prepare", bench.run(prepare).exit, 0);
  if (undo) {
    check("abort", bench.run(abort).exit, 0);
    check("after abort", essence(bench.dump()), was);
    check("prepare again", bench.run(prepare).exit, 0);
  }
  check("commit", bench.run(commit).exit, 0);
  check("after commit", essence(bench.dump()), desiredEssence(to));
  check("a second plan", applyProgram(bench.dump(), desired).instructions.length, 1);
  const nothing = applyProgram(bench.dump(), { scope, devices: [] });
  check("removal", bench.run(nothing).exit, 0);
  check("what is left", dm.list(), []);
}

/** Cut off after some instruction, then led on or back. @param where between 0 and 1 */
function recover(from: Devices, to: Devices, where: number, goal: Devices): void {
  const bench = new Bench(emptySimState(), dm);
  bench.build(from);
  const { instructions } = applyProgram(bench.dump(), { scope, devices: to });
  const end = instructions.findIndex(({ op }) => op === "exit");
  bench.runUnchecked({ instructions: instructions.slice(0, Math.ceil(end * where)) });
  const what = `cut off at ${where.toFixed(2)} and led ${goal === from ? "back" : "on"}`;
  check(what, bench.run(applyProgram(bench.dump(), { scope, devices: goal })).exit, 0);
  check(what, essence(bench.dump()), desiredEssence(goal));
  check("removal", bench.run(applyProgram(bench.dump(), { scope, devices: [] })).exit, 0);
}

const pairs = fc.sample(pair(SMALL), { seed: Number(seed), numRuns: Number(count) });
for (const [index, [from, to]] of pairs.entries()) {
  try {
    const [here, there] = [onDisks(from), onDisks(to)];
    goThere(here, there, index % 4 === 0);
    if (index % 2 === 0) recover(here, there, ((index * 37) % 101) / 101, index % 4 === 0 ? here : there);
  } catch (error) {
    console.log(`pair ${index}: ${error instanceof Error ? error.message : error}`);
    console.log(`  from ${JSON.stringify(from)}\n  to ${JSON.stringify(to)}`);
    removeAll(dm);
  }
}
console.log(`done ${pairs.length}`);
dm.close();
process.exit(0);
