/**
 * A model disk: where each sector of a device in use leads to, while plans are executed, cut off and taken
 * up.
 */
import fc from "fast-check";
import t from "tap";
import { orderNodes } from "../../../src/core/dmactivate/graph/topological.ts";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { Instruction, Program } from "../../../src/schema/index.ts";
import type { Bench } from "../../lib/dm-bench.ts";
import {
  benchOf,
  check,
  type Devices,
  desiredEssence,
  eachFailure,
  eachStubbornResume,
  essence,
  pair,
  runs,
  SMALL,
  scope,
  seed,
  suspended,
} from "../../lib/dm-pairs.ts";
import { waiting } from "../../lib/dm-waits.ts";
import { innerNames, Watched } from "../../lib/dm-watched.ts";

const text = (instruction: Instruction | undefined): string => JSON.stringify(instruction);

/** A flush to a device that stands on itself would go round for ever. */
function checkRings(bench: Bench, what: string): void {
  const { devices } = bench.dump();
  const { cycle } = orderNodes(devices, ({ table }) =>
    devices.filter(({ name }) => table?.some(({ params }) => params.split(" ").includes(`@${name}`))),
  );
  const round = cycle.map(({ name }) => name);
  check(`${what}: a ring`, round, []);
}

/** @returns how many sectors were watched */
function followPlan(from: Devices, to: Devices): number {
  const before = benchOf(from);
  const watched = new Watched(before, benchOf(to));
  const plan = planPrograms(before.dump(), { scope, devices: to });
  const aborted = before.copy();
  before.run(plan.prepare, [], (instruction) => {
    watched.check(before, "old", text(instruction));
    if (instruction.op === "resume") checkRings(before, text(instruction));
  });
  watched.checkRest(before, "after prepare");
  before.run(plan.commit, [], (instruction) => watched.check(before, "both", text(instruction)));
  aborted.run(plan.prepare);
  aborted.run(plan.abort, [], (instruction) => watched.check(aborted, "old", text(instruction)));
  return watched.size;
}

/**
 * Cuts a program off after each of its operations.
 * @returns how many crashes there were
 */
function cutOff(before: Bench, program: Program, judge: (after: Bench, what: string) => void): number {
  const { tried } = before.copy().run(program);
  for (const at of tried) {
    const after = before.copy();
    after.runUnchecked({ instructions: program.instructions.slice(0, at + 1) });
    judge(after, `cut after ${at} ${text(program.instructions[at])}`);
  }
  return tried.length;
}

/**
 * What a crash has left is taken up: a device that is open may stand in the way, which is refused before
 * anything is done.
 */
function takeUp(watched: Watched, crashed: Bench, devices: Devices, what: string): void {
  const after = crashed.copy();
  const waitsFor = waiting(after.state);
  const plan = applyProgram(after.dump(), { scope, devices });
  const { exit } = after.run(plan, [], (each) => {
    watched.check(after, "both", `${what}, ${text(each)}`);
    check(`${what}, ${text(each)} waits for`, waitsFor(after.state, each), undefined);
  });
  check(what, exit, 0);
  watched.checkRest(after, what);
}

/**
 * @param goals where to go after the crash
 * @returns how many crashes there were
 */
function followCrashes(from: Devices, to: Devices, goals: readonly Devices[]): number {
  const before = benchOf(from);
  const watched = new Watched(before, benchOf(to));
  return cutOff(before, applyProgram(before.dump(), { scope, devices: to }), (after, what) => {
    watched.check(after, "both", what);
    for (const goal of goals) takeUp(watched, after, goal, what);
  });
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
    runs(30),
  );
  t.ok(crashes > 200, `seed ${seed}`);
  t.comment(`states ${crashes} crashes`);
});

t.test("and when what takes it up is cut off as well", async (t) => {
  let crashes = 0;
  fc.assert(
    fc.property(pair(SMALL), fc.nat(), ([from, to], pick) => {
      const before = benchOf(from);
      const watched = new Watched(before, benchOf(to));
      let count = 0;
      cutOff(before, applyProgram(before.dump(), { scope, devices: to }), (once, first) => {
        for (const goal of [from, to])
          cutOff(once, applyProgram(once.dump(), { scope, devices: goal }), (twice, second) => {
            count += 1;
            if ((count + pick) % 5 !== 0) return;
            const what = `${first}, ${goal === from ? "led back" : "led on"}, ${second}`;
            watched.check(twice, "both", what);
            for (const each of [from, to]) takeUp(watched, twice, each, what);
            crashes += 1;
          });
      });
    }),
    runs(10),
  );
  t.ok(crashes > 200, `seed ${seed}`);
  t.comment(`states ${crashes} second crashes`);
});

t.test("no failure leads a sector elsewhere, neither of a change nor of what takes it up", async (t) => {
  let failures = 0;
  const follow = (watched: Watched, before: Bench, devices: Devices, what: string): void => {
    const watch = (after: Bench, each: string) => watched.check(after, "both", `${what}: ${each}`);
    const program = applyProgram(before.dump(), { scope, devices });
    eachFailure(
      before,
      program,
      (after, exit, each) => {
        watch(after, each);
        if (exit !== 0 && exit !== 1) throw new Error(`${what}: ${each} exits ${exit}`);
        failures += 1;
      },
      watch,
    );
  };
  fc.assert(
    fc.property(pair(SMALL), fc.nat(), ([from, to], pick) => {
      const before = benchOf(from);
      const watched = new Watched(before, benchOf(to));
      follow(watched, before, to, "at once");
      let count = 0;
      cutOff(before, applyProgram(before.dump(), { scope, devices: to }), (after, what) => {
        count += 1;
        if ((count + pick) % 3 === 0)
          for (const goal of [from, to])
            follow(watched, after, goal, `${what}, ${goal === from ? "led back" : "led on"}`);
      });
    }),
    runs(10),
  );
  t.ok(failures > 200, `seed ${seed}`);
  t.comment(`states ${failures} failures`);
});

/** @returns how many resumes failed twice, and how many of these were reported with 8 */
function followStubborn(from: Devices, to: Devices): [failures: number, reported: number] {
  const before = benchOf(from);
  const watched = new Watched(before, benchOf(to));
  const desired = { scope, devices: to };
  const { prepare, commit } = planPrograms(before.dump(), desired);
  let failures = 0;
  let reported = 0;
  before.run(prepare);
  eachStubbornResume(
    before,
    commit,
    (after, exit, what) => {
      failures += 1;
      if (exit !== 1 && exit !== 8) throw new Error(`${what} exits ${exit}`);
      if (exit === 8) reported += 1;
      else check(`${what}: suspended`, suspended(after), []);
      check(`${what}, again`, after.run(applyProgram(after.dump(), desired)).exit, 0);
      check(`${what}, again`, essence(after.dump()), desiredEssence(to));
    },
    (after, what) => watched.checkOrErrors(after, what),
  );
  return [failures, reported];
}

t.test("what cannot be resumed with its new table leads to nothing foreign either", async (t) => {
  let failures = 0;
  let reported = 0;
  fc.assert(
    fc.property(pair(SMALL), ([from, to]) => {
      const [failed, told] = followStubborn(from, to);
      failures += failed;
      reported += told;
    }),
    runs(80),
  );
  t.ok(failures > 80, `seed ${seed}`);
  t.comment(`states ${failures} resumes that failed twice, ${reported} of them without a new table`);
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

t.test("found: what grows hidden onto what still stands on it waits for the commit", async (t) => {
  const from = [linear("low", "8:0"), linear("mid", "@low"), linear("one", "@mid"), linear("two", "@low")];
  const to = [
    linear("mid", "8:1"),
    linear("low", "8:0", "@mid"),
    linear("one", "@mid"),
    linear("two", "@low", "@low"),
  ];
  t.ok(followPlan(from, to) > 0);
  const bridge = [
    linear("mid", "8:1"),
    linear("new", "@mid"),
    linear("low", "8:0", "@new"),
    linear("one", "@mid"),
    linear("two", "@low", "@low"),
  ];
  t.ok(followPlan(from, bridge) > 0, "by way of what is new");
});

t.test(
  "found: what goes on with its old table lies neither above nor below what has moved or grown",
  async (t) => {
    const low = [linear("low", "8:0"), linear("low", "8:1")] as const;
    t.ok(followStubborn([low[0], linear("top", "@low", "@low")], [low[1], linear("top", "@low")])[0] > 0);
    t.ok(followStubborn([low[0], linear("top", "@low")], [low[1], linear("top", "@low", "@low")])[0] > 0);
  },
);

t.test("found: cut off while the legs of a raid move", async (t) => {
  const above = [linear("mid", "@array"), linear("top", "@mid")];
  const abc = [linear("a", "8:0"), linear("b", "8:1"), linear("c", "8:3")];
  const rows: readonly (readonly [what: string, from: Devices, to: Devices])[] = [
    [
      "before they are there the raid does not go on alone",
      [...abc.slice(0, 2), raid("array", "a", "b"), ...above],
      [linear("b", "8:2"), linear("c", "8:3"), raid("array", "b", "c"), ...above],
    ],
    [
      "once one is there the raid does not go back alone (seed 609)",
      [...abc, raid("array", "a", "b", "c"), ...above],
      [linear("b", "8:2"), linear("c", "8:3"), raid("array", "b", "c"), ...above],
    ],
    [
      "one of two that move below what stays as it is",
      [...abc.slice(0, 2), raid("array", "a", "b"), ...above],
      [linear("a", "8:4"), linear("b", "8:5"), raid("array", "a", "b"), ...above],
    ],
  ];
  for (const [what, from, to] of rows) t.ok(followCrashes(from, to, [from, to]) > 10, what);
});

/** Two LVs, one of them a raid1 whose legs have two parts each. */
function lvs(array: string, plain: string, second: number, length: number): Devices {
  const line = (start: number, length: number, type: string, params: string) => ({
    start,
    length,
    type,
    params,
  });
  const leg = (number: number, disk: string): Devices[number] => ({
    name: `${array}-c${number}`,
    uuid: `DVM-0-c${number}`,
    table: [
      line(0, 96, "linear", `${disk} ${3072 * number}`),
      line(96, second, "linear", `${disk} ${3072 * number + 104}`),
    ],
  });
  const whole = 96 + second;
  const legs = [leg(1, "8:3"), leg(2, "8:0"), leg(3, "8:0")];
  const params = `raid1 1 0 3 ${legs.map(({ name }) => `- @${name}`).join(" ")}`;
  return [
    ...legs,
    { name: `${array}-l0`, uuid: "DVM-0-l0", table: [line(0, whole, "raid", params)] },
    { name: array, uuid: "DVM-0", table: [line(0, whole, "linear", `@${array}-l0 0`)] },
    { name: `${plain}-l0`, uuid: "DVM-1-l0", table: [line(0, length, "linear", "8:2 12288")] },
    { name: `${plain}-l1`, uuid: "DVM-1-l1", table: [line(0, length, "linear", `@${plain}-l0 0`)] },
    { name: plain, uuid: "DVM-1", table: [line(0, length, "linear", `@${plain}-l1 0`)] },
  ];
}

t.test("found: cut off when the raid is loaded longer than its legs are again (seed 11)", async (t) => {
  const [from, to] = [lvs("v0", "v1", 192, 192), lvs("v1", "v0", 576, 576)];
  const before = benchOf(from);
  const watched = new Watched(before, benchOf(to));
  let crashes = 0;
  cutOff(before, applyProgram(before.dump(), { scope, devices: to }), (once, first) => {
    if (!first.includes('"op":"load","name":"v0-l0"')) return;
    crashes += cutOff(once, applyProgram(once.dump(), { scope, devices: from }), (twice, second) => {
      for (const goal of [from, to]) takeUp(watched, twice, goal, `${first}, led back, ${second}`);
    });
  });
  t.ok(crashes > 10);
});

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
