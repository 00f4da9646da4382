/**
 * Runs random programs on the kernel below and on the simulator, and compares. One block on stdout for each
 * program that they do not agree about, then `done COUNT`.
 */
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { openHostDm } from "../../src/core/host/dm/open-dm.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { hostTerminal } from "../../src/core/host/process/terminal.ts";
import { memoryStore } from "../../src/core/sim/dm-file.ts";
import { simDm } from "../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../src/core/sim/dm-state.ts";
import { removeAll } from "../contract/dm.ts";
import { account, type Hold } from "../lib/dm-compare.ts";
import { type Ground, randomProgram, type Step } from "../lib/dm-random.ts";

const [count = "", seed = "", from = "0", ...paths] = process.argv.slice(2);
const disks = paths.map((path) => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
});
const diskSectors = Number(readFileSync(`/sys/dev/block/${disks[0]}/size`, "utf8"));
const ground: Ground = { disks, diskSectors, partSectors: 8192 };
const dm = openHostDm({ config: {}, terminal: hostTerminal(false), chance: hostChance(undefined) });

const holdOpen: Hold = (name) => {
  const fd = openSync(`/dev/mapper/${name}`, "r");
  return { release: () => closeSync(fd) };
};

function simulated(steps: readonly Step[]): string[] {
  const store = memoryStore(emptySimState());
  const leafSize = (token: string) => (disks.includes(token) ? { size: diskSectors, token } : undefined);
  const sim = simDm(store, { leafSize, pause() {} });
  return account(sim, steps, (name) => {
    const { dev } = sim.info(name);
    const open = (change: number) =>
      store.change(({ devices }) => {
        for (const device of devices) if (dev === `254:${device.minor}`) device.opened += change;
      });
    open(1);
    return { release: () => open(-1) };
  });
}

const end = Number(from) + Number(count);
for (let index = Number(from); index < end; index += 1) {
  const steps = randomProgram(Number(seed), index, ground);
  const real = account(dm, steps, holdOpen);
  removeAll(dm);
  const model = simulated(steps);
  const at = real.findIndex((line, which) => line !== model[which]);
  if (at >= 0 || real.length !== model.length) {
    const before = real.slice(0, Math.max(at, 0)).map((line) => `    ${line}`);
    console.log(`program ${index}\n${before.join("\n")}\n  kernel ${real[at]}\n  model  ${model[at]}`);
  }
}
console.log(`done ${count}`);
dm.close();
process.exit(0);
