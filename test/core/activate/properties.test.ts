/** Random pairs of states, every failure: what each program may leave behind. */
import fc from "fast-check";
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/activate/plan.ts";
import type { DmState, Program } from "../../../src/schema/index.ts";
import { Bench, type FailureMode } from "../../lib/dm-bench.ts";
import { interestingSectors, whereIs } from "../../lib/dm-sectors.ts";
import { arbitraryDevices, type Bounds } from "../../lib/dm-worlds.ts";

const seed = Number(process.env["DVM_SEED"] ?? 20_240_607);
const runs = (numRuns: number) => ({
  seed,
  numRuns: Math.ceil(numRuns * Number(process.env["DVM_RUNS"] ?? 1)),
});
const SMALL: Bounds = { pool: 8, devices: 7, depth: 4 };
const LARGE: Bounds = { pool: 230, devices: 200, depth: 6 };
const scope = ["DVM-"];
const modes: readonly FailureMode[] = ["refused", "dropped", "stuck"];

const pair = (bounds: Bounds) => fc.tuple(arbitraryDevices(bounds), arbitraryDevices(bounds));

function benchOf(devices: DmState["devices"]): Bench {
  const bench = new Bench();
  bench.build(devices);
  return bench;
}

/** What counts of a state. */
function essence({ devices }: DmState): unknown {
  return devices
    .map(({ name, uuid, table, inactive, suspended, readOnly }) => ({
      name,
      uuid,
      table: table?.map(({ params, ...line }) => ({ ...line, params: params.trim() })),
      inactive: inactive ?? null,
      suspended: suspended ?? false,
      readOnly: readOnly ?? false,
    }))
    .sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
}

function desiredEssence(devices: DmState["devices"]): unknown {
  return essence(benchOf(devices).dump());
}

const suspended = (bench: Bench) =>
  bench.state.devices.filter((device) => device.suspended).map((d) => d.name);

/** Every operation on the way fails once, in each mode that it can fail in. */
function eachFailure(
  before: Bench,
  program: Program,
  judge: (after: Bench, exit: number, what: string) => void,
): void {
  for (const at of before.copy().run(program).tried) {
    const instruction = program.instructions[at];
    for (const mode of instruction?.op === "resume" ? modes : modes.slice(0, 1)) {
      const after = before.copy();
      const { exit } = after.run(program, [{ at, mode }]);
      judge(after, exit, `${mode} ${JSON.stringify(instruction)} at ${at}`);
    }
  }
}

function check(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)];
  if (a !== e) throw new Error(`${what}\nis ${a}\nnot ${e}`);
}

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

t.test("no sector of an open device ever leads anywhere but where it did or where it will", async (t) => {
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const before = benchOf(from);
      const after = benchOf(to);
      const inner = new Set(
        to.flatMap(({ table }) => table?.flatMap(({ params }) => params.match(/@\S+/g) ?? []) ?? []),
      );
      const watched: {
        readonly uuid: string;
        readonly at: readonly (readonly [number, string, string])[];
      }[] = [];
      for (const { name, uuid, openCount } of before.dump().devices) {
        const goal = to.find((device) => device.uuid === uuid);
        if (openCount !== 0 || !goal || inner.has(`@${goal.name}`)) continue;
        before.open(name);
        const sectors = new Set([
          ...interestingSectors(before.state, `@${name}`),
          ...interestingSectors(after.state, `@${goal.name}`),
        ]);
        const at = [...sectors].map(
          (sector) =>
            [
              sector,
              whereIs(before.state, `@${name}`, sector),
              whereIs(after.state, `@${goal.name}`, sector),
            ] as const,
        );
        watched.push({ uuid, at });
      }
      const look = (bench: Bench, phase: "old" | "both", what: string) => {
        for (const { uuid, at } of watched) {
          const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
          for (const [sector, old, future] of at) {
            const now = whereIs(bench.state, `@${name}`, sector);
            if (now === old || now === "waits" || (phase === "both" && now === future)) continue;
            throw new Error(`${what}: ${name}+${sector} leads to ${now}, not ${old} or ${future}`);
          }
        }
      };
      const plan = planPrograms(before.dump(), { scope, devices: to });
      before.run(plan.prepare, [], (instruction) => look(before, "old", JSON.stringify(instruction)));
      before.run(plan.commit, [], (instruction) => look(before, "both", JSON.stringify(instruction)));
    }),
    runs(300),
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
