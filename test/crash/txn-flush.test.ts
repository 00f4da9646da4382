/**
 * What was said to be done, or was found by a recovery, outlives a power cut that takes all that was not
 * flushed.
 */
import t from "tap";
import type { Machine } from "../lib/machine.ts";
import { createLv, lvNames, machineWithVg, recover } from "../lib/vg.ts";

async function afterPowerCut(machine: Machine): Promise<string[]> {
  machine.cutPower(() => true);
  await recover(machine);
  return lvNames(machine);
}

for (const disks of [1, 2]) {
  t.test(`flushes of ${disks} disks fail from some moment on`, async (t) => {
    const dry = (await machineWithVg({ disks })).fork();
    await createLv(dry, "new");
    const flushes = dry.steps.filter((step) => step.startsWith("flush")).length;
    for (let good = 0; good <= flushes; good += 1) {
      const machine = await machineWithVg({ disks });
      let flushed = 0;
      machine.failing = (step) => step.startsWith("flush") && ++flushed > good;
      const isDone = await createLv(machine, "new").then(
        () => true,
        () => false,
      );
      t.equal(isDone, good === flushes, `${good} of ${flushes} flushes: no success is claimed`);
      if (isDone) t.same(await afterPowerCut(machine), ["new"]);
    }
  });
}

t.test("killed before each step, recovered, then the power fails", async (t) => {
  for (let before = 0; ; before += 1) {
    const machine = await machineWithVg({ disks: 2 });
    machine.stepsLeft = before;
    if (!(await machine.dies((alive) => createLv(alive, "new")))) break;
    machine.restart();
    await recover(machine);
    const recovered = await lvNames(machine);
    t.same(await afterPowerCut(machine), recovered, `killed after ${before} steps`);
  }
});
