/** Random pairs of states, every failure: what each program may leave behind. */
import fc from "fast-check";
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState } from "../../../src/schema/index.ts";
import {
  benchOf,
  check,
  desiredEssence,
  eachFailure,
  essence,
  LARGE,
  modes,
  pair,
  runs,
  SMALL,
  scope,
  seed,
  suspended,
} from "../../lib/dm-pairs.ts";

for (const [title, bounds, count] of [
  ["small", SMALL, 300],
  ["large", LARGE, 6],
] as const) {
  t.test(`${title} states: apply, and prepare then commit, give what is desired`, async (t) => {
    fc.assert(
      fc.property(pair(bounds), ([from, to]) => {
        const desired = { scope, devices: to };
        const one = benchOf(from);
        check("apply", one.run(applyProgram(one.dump(), desired)).exit, 0);
        check("after apply", essence(one.dump()), desiredEssence(to));
        check("a second plan", applyProgram(one.dump(), desired).instructions, [{ op: "exit", status: 0 }]);

        const three = benchOf(from);
        const plan = planPrograms(three.dump(), desired);
        check("prepare", three.run(plan.prepare).exit, 0);
        const aborted = three.copy();
        check("commit", three.run(plan.commit).exit, 0);
        check("after commit", essence(three.dump()), desiredEssence(to));
        check("abort", aborted.run(plan.abort).exit, 0);
        check("after abort", essence(aborted.dump()), desiredEssence(from));
      }),
      runs(count),
    );
    t.pass(`seed ${seed}`);
  });
}

t.test("a failure anywhere in prepare, or in abort, ends with what was there before", async (t) => {
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const before = benchOf(from);
      const was = essence(before.dump());
      const plan = planPrograms(before.dump(), { scope, devices: to });
      eachFailure(before, plan.prepare, (after, exit, what) => {
        check(
          what,
          [exit, essence(after.dump())],
          [exit === 0 ? 0 : 1, exit === 0 ? essence(after.dump()) : was],
        );
      });
      const prepared = before.copy();
      prepared.run(plan.prepare);
      eachFailure(prepared, plan.abort, (after, exit, what) => {
        if (exit !== 0 && exit !== 8) throw new Error(`${what} exits ${exit}`);
        check(what, essence(after.dump()), was);
      });
    }),
    runs(60),
  );
  t.pass(`seed ${seed}`);
});

t.test(
  "a failure anywhere in commit or apply leaves nothing suspended, and planning again finishes",
  async (t) => {
    fc.assert(
      fc.property(pair(SMALL), ([from, to]) => {
        const before = benchOf(from);
        const desired = { scope, devices: to };
        const plan = planPrograms(before.dump(), desired);
        const prepared = before.copy();
        prepared.run(plan.prepare);
        for (const [start, program] of [
          [prepared, plan.commit],
          [before, applyProgram(before.dump(), desired)],
        ] as const) {
          eachFailure(start, program, (after, exit, what) => {
            if (exit !== 0 && exit !== 1) throw new Error(`${what} exits ${exit}`);
            check(`${what}: suspended`, suspended(after), []);
            if (exit === 0) check(what, essence(after.dump()), desiredEssence(to));
            const again = after.run(applyProgram(after.dump(), desired));
            check(`after ${what}, again`, again.exit, 0);
            check(`after ${what}, again`, essence(after.dump()), desiredEssence(to));
          });
        }
      }),
      runs(40),
    );
    t.pass(`seed ${seed}`);
  },
);

t.test("two failures leave nothing suspended, unless it says so with 8", async (t) => {
  const failure = fc.record({ at: fc.nat(), mode: fc.constantFrom(...modes) });
  fc.assert(
    fc.property(pair(SMALL), fc.array(failure, { minLength: 2, maxLength: 6 }), ([from, to], failures) => {
      const before = benchOf(from);
      const desired = { scope, devices: to };
      const plan = planPrograms(before.dump(), desired);
      for (const program of [plan.prepare, plan.commit, plan.abort, applyProgram(before.dump(), desired)]) {
        const bench = before.copy();
        if (program === plan.commit || program === plan.abort) bench.run(plan.prepare);
        const chosen = failures.map(({ at, mode }) => ({ at: at % program.instructions.length, mode }));
        const { exit } = bench.run(program, chosen);
        if (exit !== 8) check(`${JSON.stringify(chosen)}: suspended`, suspended(bench), []);
      }
    }),
    runs(300),
  );
  t.pass(`seed ${seed}`);
});

t.test("cut off after any operation: planning again finishes it, or undoes it", async (t) => {
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const before = benchOf(from);
      const goals = [from, to].map((devices) => ({ scope, devices }));
      const program = applyProgram(before.dump(), { scope, devices: to });
      const { tried } = before.copy().run(program);
      for (const [index, at] of tried.entries()) {
        for (const goal of goals) {
          // A cut program is none that would pass the check: the rest is skipped by hand.
          const after = before.copy();
          const cut = { instructions: program.instructions.slice(0, at + 1) };
          after.runUnchecked(cut);
          const what = `cut after operation ${index}, ${JSON.stringify(program.instructions[at])}`;
          check(what, after.run(applyProgram(after.dump(), goal)).exit, 0);
          check(what, essence(after.dump()), desiredEssence(goal.devices));
        }
      }
    }),
    runs(40),
  );
  t.pass(`seed ${seed}`);
});

t.test("devices that need nothing are not named", async (t) => {
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const bench = benchOf([...from, ...to.map((device) => rename(device, "x"))]);
      const program = applyProgram(bench.dump(), {
        scope: from.map(({ uuid }) => uuid),
        devices: to.map((device) => rename(device, "x")),
      });
      const others = new Set(to.map(({ name }) => `${name}x`));
      const named = program.instructions.filter((each) => "name" in each && others.has(each.name));
      check("named", named, []);
    }),
    runs(100),
  );
  t.pass(`seed ${seed}`);
});

/** The same device in a namespace of its own. */
function rename(
  device: DmState["devices"][number],
  suffix: string,
): DmState["devices"][number] & { table: NonNullable<DmState["devices"][number]["table"]> } {
  return {
    ...device,
    name: `${device.name}${suffix}`,
    uuid: `DVM-${suffix}${device.uuid}`,
    table: (device.table ?? []).map((line) => ({
      ...line,
      params: line.params.replaceAll(/@\S+/g, `$&${suffix}`),
    })),
  };
}
