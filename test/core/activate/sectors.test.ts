/** A model disk: where each sector of a device in use leads to, while plans are executed, cut off and taken up. */
import fc from "fast-check";
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/activate/plan.ts";
import type { Instruction } from "../../../src/schema/index.ts";
import type { Bench } from "../../lib/dm-bench.ts";
import { benchOf, check, type Devices, pair, runs, SMALL, scope, seed } from "../../lib/dm-pairs.ts";
import { interestingSectors, whereIs } from "../../lib/dm-sectors.ts";

/** Sectors of devices that somebody has open, with where they lead to before and after. */
class Watched {
  readonly #devices: {
    readonly uuid: string;
    readonly at: readonly (readonly [sector: number, old: string, future: string])[];
  }[] = [];

  /** Opens every device that nothing stands on, before or after, and that stays. */
  constructor(before: Bench, to: Devices) {
    const after = benchOf(to);
    const inner = innerNames(to);
    for (const { name, uuid, openCount } of before.dump().devices) {
      const goal = to.find((device) => device.uuid === uuid);
      if (openCount !== 0 || !goal || inner.has(goal.name)) continue;
      before.open(name);
      const sectors = new Set([
        ...interestingSectors(before.state, `@${name}`),
        ...interestingSectors(after.state, `@${goal.name}`),
      ]);
      const at = [...sectors].map((sector) => {
        const [old, future] = [
          whereIs(before.state, `@${name}`, sector),
          whereIs(after.state, `@${goal.name}`, sector),
        ];
        return [sector, old, future] as const;
      });
      this.#devices.push({ uuid, at });
    }
  }

  /** @param phase old: nothing may have changed yet */
  check(bench: Bench, phase: "old" | "both", what: string): void {
    for (const { uuid, at } of this.#devices) {
      const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
      for (const [sector, old, future] of at) {
        const now = whereIs(bench.state, `@${name}`, sector);
        if (now === old || now === "waits" || (phase === "both" && now === future)) continue;
        throw new Error(`${what}: ${name}+${sector} leads to ${now}, not ${old} or ${future}`);
      }
    }
  }

  /** Nobody waits any more. */
  checkRest(bench: Bench, what: string): void {
    for (const { uuid, at } of this.#devices) {
      const name = bench.state.devices.find((device) => device.uuid === uuid)?.name;
      for (const [sector] of at)
        if (whereIs(bench.state, `@${name}`, sector) === "waits")
          throw new Error(`${what}: ${name}+${sector} waits`);
    }
  }

  get size(): number {
    return this.#devices.reduce((sum, { at }) => sum + at.length, 0);
  }
}

const text = (instruction: Instruction | undefined): string => JSON.stringify(instruction);

/** @returns how many sectors were watched */
function followPlan(from: Devices, to: Devices): number {
  const before = benchOf(from);
  const watched = new Watched(before, to);
  const plan = planPrograms(before.dump(), { scope, devices: to });
  const aborted = before.copy();
  before.run(plan.prepare, [], (instruction) => watched.check(before, "old", text(instruction)));
  watched.checkRest(before, "after prepare");
  before.run(plan.commit, [], (instruction) => watched.check(before, "both", text(instruction)));
  aborted.run(plan.prepare);
  aborted.run(plan.abort, [], (instruction) => watched.check(aborted, "old", text(instruction)));
  return watched.size;
}

/**
 * @param goals where to go after the crash
 * @returns how many crashes there were
 */
function followCrashes(from: Devices, to: Devices, goals: readonly Devices[]): number {
  let crashes = 0;
  const before = benchOf(from);
  const watched = new Watched(before, to);
  const program = applyProgram(before.dump(), { scope, devices: to });
  for (const at of before.copy().run(program).tried) {
    for (const devices of goals) {
      const after = before.copy();
      const what = `cut after ${text(program.instructions[at])}`;
      after.runUnchecked({ instructions: program.instructions.slice(0, at + 1) });
      watched.check(after, "both", what);
      // Taken up: a device that is open may stand in the way, which is refused before anything is done.
      const plan = applyProgram(after.dump(), { scope, devices });
      const { exit } = after.run(plan, [], (each) => watched.check(after, "both", `${what}, ${text(each)}`));
      check(what, exit, 0);
      watched.checkRest(after, what);
      crashes += 1;
    }
  }
  return crashes;
}

t.test("a sector leads where it did until the commit, then there or where it shall", async (t) => {
  let sectors = 0;
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      sectors += followPlan(from, to);
    }),
    runs(1000),
  );
  t.ok(sectors > 1000, `seed ${seed}`);
  t.comment(`states ${sectors} sectors watched`);
});

t.test("and so it is while what a crash has cut off is finished or undone", async (t) => {
  let crashes = 0;
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      crashes += followCrashes(from, to, [from, to]);
    }),
    runs(60),
  );
  t.ok(crashes > 500, `seed ${seed}`);
  t.comment(`states ${crashes} crashes`);
});

const LENGTH = 96;
const linear = (name: string, ...devices: readonly string[]): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: devices.map((device, index) => ({
    start: index * LENGTH,
    length: LENGTH,
    type: "linear",
    params: `${device} 0`,
  })),
});
const raid = (name: string, ...legs: readonly string[]): Devices[number] => {
  const params = `raid1 1 0 ${legs.length} ${legs.map((leg) => `- @${leg}`).join(" ")}`;
  return { name, uuid: `DVM-${name}`, table: [{ start: 0, length: LENGTH, type: "raid", params }] };
};

t.test("found: what is replaced lies below something that goes, stays or is new", async (t) => {
  const rows: readonly (readonly [what: string, from: Devices, to: Devices])[] = [
    [
      "goes",
      [linear("low", "8:0"), linear("mid", "@low"), linear("top", "@mid")],
      [linear("low", "8:1"), linear("top", "8:2")],
    ],
    [
      "is new, and another group comes first",
      [linear("first", "8:3"), linear("low", "8:0"), linear("top", "8:2", "8:2")],
      [linear("first", "8:1"), linear("low", "8:1"), linear("mid", "@low"), linear("top", "@first", "@mid")],
    ],
    [
      "stays",
      [linear("low", "8:0"), linear("one", "@low"), linear("two", "@one"), linear("top", "@two", "8:3")],
      [linear("low", "8:1"), linear("one", "@low"), linear("two", "@one"), linear("top", "8:2", "@two")],
    ],
  ];
  for (const [what, from, to] of rows) t.ok(followPlan(from, to) > 0, what);
});

t.test(
  "found: cut off before the legs of a raid have their new places, it does not go on alone",
  async (t) => {
    const above = [linear("mid", "@array"), linear("top", "@mid")];
    const from = [linear("a", "8:0"), linear("b", "8:1"), raid("array", "a", "b"), ...above];
    const to = [linear("b", "8:2"), linear("c", "8:3"), raid("array", "b", "c"), ...above];
    t.ok(followCrashes(from, to, [to]) > 10);
  },
);

t.test("prepare neither suspends nor changes what is in use", async (t) => {
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const bench = benchOf(from);
      const inner = innerNames(to);
      const used = new Map<string, unknown>();
      for (const { name, uuid, openCount, table } of bench.dump().devices) {
        const goal = to.find((device) => device.uuid === uuid);
        if (openCount !== 0 || !goal || inner.has(goal.name)) continue;
        bench.open(name);
        used.set(name, table);
      }
      const { prepare } = planPrograms(bench.dump(), { scope, devices: to });
      bench.run(prepare, [], (instruction) => {
        if (instruction.op === "suspend" && used.has(instruction.name)) throw new Error(text(instruction));
      });
      for (const { name, table, suspended } of bench.dump().devices)
        if (used.has(name)) check(name, [table, suspended], [used.get(name), false]);
    }),
    runs(200),
  );
  t.pass(`seed ${seed}`);
});

/** Devices that others stand on. */
function innerNames(devices: Devices): Set<string> {
  const tokens = devices.flatMap(
    ({ table }) => table?.flatMap(({ params }) => params.match(/@\S+/g) ?? []) ?? [],
  );
  return new Set(tokens.map((token) => token.slice(1)));
}
