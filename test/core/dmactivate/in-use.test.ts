/** What shall go and is open: for a moment, since before the plan, since it was made. */
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState, type SimState } from "../../../src/core/sim/dm-state.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { Bench } from "../../lib/dm-bench.ts";

const device = (name: string, type: string, params: string): DmState["devices"][number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length: 96, type, params }],
});
const stack = [
  device("a", "linear", "8:0 0"),
  device("b", "linear", "8:1 0"),
  device("r", "raid", "raid1 1 0 2 - @a - @b"),
];
const gone: DmState = { scope: ["DVM-"], devices: [] };

/** @param pauses how many times it is waited before whoever has them open lets go */
function benchOf(pauses = Number.POSITIVE_INFINITY): { bench: Bench; waited: () => number } {
  const state: SimState = emptySimState();
  let waited = 0;
  const dm = simDm(
    { read: (look) => look(state), change: (operation) => operation(state) },
    {
      leafSize: (token) => ({ size: 96, token }),
      pause() {
        waited += 1;
        if (waited === pauses) for (const each of state.devices) each.opened = 0;
      },
    },
  );
  const bench = new Bench(state, dm);
  bench.build(stack);
  return { bench, waited: () => waited };
}

for (const name of ["r", "b"]) {
  t.test(`${name} is open`, async (t) => {
    for (const when of ["before the plan", "since the plan"] as const) {
      const { bench, waited } = benchOf();
      if (when === "before the plan") bench.open(name);
      const plan = planPrograms(bench.dump(), gone);
      t.equal(plan.summary.includes(`remove ${name} (open)`), when === "before the plan", when);
      if (when === "since the plan") bench.open(name);
      const before = bench.dump();
      t.equal(bench.run(plan.prepare).exit, 1, "prepare refuses");
      t.same(bench.dump(), before, "and has changed nothing");
      t.ok(waited() >= 25, "after it has waited, but not for ever");
    }
  });

  t.test(`${name} is open for a moment`, async (t) => {
    const { bench } = benchOf(3);
    bench.open(name);
    const plan = planPrograms(bench.dump(), gone);
    t.equal(bench.run(plan.prepare).exit, 0);
    t.equal(bench.run(plan.commit).exit, 0);
    t.same(bench.dump().devices, []);
    const other = benchOf(3);
    const program = applyProgram(other.bench.dump(), gone);
    other.bench.open(name);
    t.equal(other.bench.run(program).exit, 0, "since the plan, in one program");
  });
}
