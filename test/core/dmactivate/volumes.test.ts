/** Arrays whose legs grow below them, pools and thin ids: random changes, every failure, every cut. */
import fc from "fast-check";
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import { emptySimState, type SimState } from "../../../src/core/sim/dm-state.ts";
import type { DmState, Instruction, Program } from "../../../src/schema/index.ts";
import { Bench } from "../../lib/dm-bench.ts";
import {
  check,
  type Devices,
  eachFailure,
  eachStubbornResume,
  essence,
  runs,
  scope,
  seed,
  suspended,
} from "../../lib/dm-pairs.ts";
import { arbitraryScene, type Scene } from "../../lib/dm-volumes.ts";
import { waiting } from "../../lib/dm-waits.ts";
import { Watched } from "../../lib/dm-watched.ts";
import { Writers } from "../../lib/dm-writers.ts";

const text = (instruction: Instruction | undefined): string => JSON.stringify(instruction);

function benchOf(devices: Devices, pools: SimState["pools"]): Bench {
  const bench = new Bench({ ...emptySimState(), pools: structuredClone(pools) });
  bench.build(devices);
  return bench;
}

/** Ids of pools, at which transaction these are, and how much room those that are live have taken. */
const idsOf = (bench: Bench): unknown =>
  Object.entries(bench.state.pools)
    .map(([uuid, { thins, transactionId, blocks, metadataBlocks }]) => {
      const isLive = bench.state.devices.some((device) => device.uuid === uuid.replace(/-tmeta$/, "-tpool"));
      return [uuid, transactionId, Object.keys(thins), isLive && [blocks, metadataBlocks]] as const;
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));

const all = (bench: Bench): unknown => [essence(bench.dump()), idsOf(bench)];

/**
 * Undefined where a pool has to be resumed and would take what it cannot give back: only one of two ways is
 * left then.
 */
function planned(bench: Bench, goal: DmState): Program | undefined {
  try {
    return applyProgram(bench.dump(), goal);
  } catch (thrown) {
    if (thrown instanceof DvmError && /would take more room/.test(thrown.message)) return undefined;
    throw thrown;
  }
}

/** One scene, made ready to be looked at from all sides. */
class Stage {
  readonly before: Bench;
  readonly to: DmState;
  readonly from: DmState;
  /** What there was, and what there shall be. */
  readonly old: unknown;
  readonly future: unknown;
  readonly watched: Watched;
  readonly writers: Writers;

  constructor({ from, to, pools, wanted }: Scene) {
    this.before = benchOf(from, pools);
    const after = benchOf(to, wanted);
    this.from = { scope, devices: from };
    this.to = { scope, devices: to };
    this.old = all(this.before);
    this.future = all(after);
    this.writers = new Writers(this.before, after);
    this.watched = new Watched(this.before, after);
  }

  /** @returns what looks after each operation whether anything leads where it never shall */
  follow(bench: Bench, phase: "old" | "both", what: string): (instruction: Instruction) => void {
    const writes = this.writers.follow(bench);
    return (instruction) => {
      const each = `${what}, ${text(instruction)}`;
      this.watched.check(bench, phase, each);
      writes(each);
    };
  }

  /** Whether some pool's transaction is over, or it has taken more room: then there is no way back. */
  isOver(bench: Bench): boolean {
    return Object.entries(bench.state.pools).some(([uuid, pool]) => {
      const was = this.before.state.pools[uuid];
      return (
        pool.transactionId !== was?.transactionId ||
        pool.blocks !== was.blocks ||
        pool.metadataBlocks !== was.metadataBlocks
      );
    });
  }

  /** Plans anew from what is there, on to what shall be and back to what was. */
  takeUp(crashed: Bench, what: string): void {
    for (const [goal, result, where] of [
      [this.to, this.future, "on"],
      [this.from, this.old, "back"],
    ] as const) {
      if (where === "back" && this.isOver(crashed)) continue;
      const after = crashed.copy();
      const each = `${what}, led ${where}`;
      const program = planned(after, goal);
      if (!program && where === "back") continue;
      const waitsFor = waiting(after.state);
      const look = this.follow(after, "both", each);
      const { exit } = after.run(program ?? applyProgram(after.dump(), goal), [], (instruction) => {
        look(instruction);
        check(`${each}, ${text(instruction)} waits for`, waitsFor(after.state, instruction), undefined);
      });
      check(each, exit, 0);
      this.watched.checkRest(after, each);
      const [devices, ids] = all(after) as [unknown, unknown];
      // Nobody has ever used what a prepare that was cut off has made: it may stay.
      check(
        each,
        where === "on" ? [devices, ids] : devices,
        where === "on" ? result : (result as [unknown])[0],
      );
    }
  }
}

const property = (count: number, body: (stage: Stage, pick: number, scene: Scene) => void): void =>
  fc.assert(
    fc.property(arbitraryScene(3), fc.nat(), (scene, pick) => body(new Stage(scene), pick, scene)),
    runs(count),
  );

t.test("apply, and prepare then commit, give what is desired; abort gives what was", async (t) => {
  property(100, (look) => {
    const { to, old, future } = look;
    const one = look.before.copy();
    check("apply", one.run(applyProgram(one.dump(), to), [], look.follow(one, "both", "apply")).exit, 0);
    check("after apply", all(one), future);
    check("a second plan", one.run(applyProgram(one.dump(), to)).exit, 0);
    check("after a second plan", all(one), future);
    const three = look.before.copy();
    const plan = planPrograms(three.dump(), to);
    check("prepare", three.run(plan.prepare, [], look.follow(three, "old", "prepare")).exit, 0);
    look.watched.checkRest(three, "after prepare");
    const aborted = three.copy();
    check("commit", three.run(plan.commit, [], look.follow(three, "both", "commit")).exit, 0);
    check("after commit", all(three), future);
    check("abort", aborted.run(plan.abort, [], look.follow(aborted, "old", "abort")).exit, 0);
    check("after abort", all(aborted), old);
  });
  t.pass(`seed ${seed}`);
});

t.test("a failure anywhere in prepare, or in abort, ends with what was there before", async (t) => {
  let failures = 0;
  property(12, (stage) => {
    const { before, to, old } = stage;
    const plan = planPrograms(before.dump(), to);
    const watch = (after: Bench, what: string) => stage.watched.check(after, "old", what);
    eachFailure(
      before,
      plan.prepare,
      (after, exit, what) => {
        failures += 1;
        if (exit !== 0 && exit !== 1) throw new Error(`${what} exits ${exit}`);
        check(`${what}: suspended`, suspended(after), []);
        if (exit === 1) check(what, all(after), old);
      },
      watch,
    );
    const prepared = before.copy();
    prepared.run(plan.prepare);
    eachFailure(
      prepared,
      plan.abort,
      (after, exit, what) => {
        failures += 1;
        if (exit !== 0 && exit !== 8) throw new Error(`${what} exits ${exit}`);
        check(what, all(after), old);
      },
      watch,
    );
  });
  t.ok(failures > 25, `seed ${seed}`);
  t.comment(`states ${failures} failures`);
});

t.test(
  "a failure anywhere in commit or apply leaves nothing suspended, and planning again finishes",
  async (t) => {
    let failures = 0;
    property(12, (stage) => {
      const { before, to, future } = stage;
      const plan = planPrograms(before.dump(), to);
      const prepared = before.copy();
      prepared.run(plan.prepare);
      for (const [start, program] of [
        [prepared, plan.commit],
        [before, applyProgram(before.dump(), to)],
      ] as const) {
        eachFailure(
          start,
          program,
          (after, exit, what) => {
            failures += 1;
            if (exit !== 0 && exit !== 1) throw new Error(`${what} exits ${exit}`);
            check(`${what}: suspended`, suspended(after), []);
            if (exit === 0) check(what, all(after), future);
            const look = stage.follow(after, "both", `after ${what}, again`);
            check(`after ${what}, again`, after.run(applyProgram(after.dump(), to), [], look).exit, 0);
            check(`after ${what}, again`, all(after), future);
          },
          (after, what) => stage.watched.check(after, "both", what),
        );
      }
    });
    t.ok(failures > 25, `seed ${seed}`);
    t.comment(`states ${failures} failures`);
  },
);

t.test("what cannot be resumed with its new table leads to nothing foreign", async (t) => {
  let failures = 0;
  property(12, (stage) => {
    const { before, to, future } = stage;
    const { prepare, commit } = planPrograms(before.dump(), to);
    const prepared = before.copy();
    prepared.run(prepare);
    eachStubbornResume(
      prepared,
      commit,
      (after, exit, what) => {
        failures += 1;
        if (exit !== 8) check(`${what}: suspended`, suspended(after), []);
        check(`${what}, again`, after.run(applyProgram(after.dump(), to)).exit, 0);
        check(`${what}, again`, all(after), future);
      },
      (after, what) => stage.watched.checkOrErrors(after, what),
    );
  });
  t.ok(failures > 10, `seed ${seed}`);
  t.comment(`states ${failures} resumes that failed twice`);
});

t.test("cut off anywhere, and once more while that is taken up: it is finished, or undone", async (t) => {
  let crashes = 0;
  const cutOff = (before: Bench, program: Program, judge: (after: Bench, what: string) => void): void => {
    for (const at of before.copy().run(program).tried) {
      const after = before.copy();
      after.runUnchecked({ instructions: program.instructions.slice(0, at + 1) });
      judge(after, `cut after ${at} ${text(program.instructions[at])}`);
    }
  };
  property(5, (stage, pick) => {
    let count = pick;
    cutOff(stage.before, applyProgram(stage.before.dump(), stage.to), (once, first) => {
      crashes += 1;
      stage.watched.check(once, "both", first);
      stage.takeUp(once, first);
      for (const goal of stage.isOver(once) ? [stage.to] : [stage.to, stage.from]) {
        const program = planned(once, goal);
        if (!program) continue;
        cutOff(once, program, (twice, second) => {
          count += 1;
          if (count % 40 !== 0) return;
          crashes += 1;
          const what = `${first}, led ${goal === stage.to ? "on" : "back"}, ${second}`;
          stage.watched.check(twice, "both", what);
          stage.takeUp(twice, what);
        });
      }
    });
  });
  t.ok(crashes > 25, `seed ${seed}`);
  t.comment(`states ${crashes} crashes`);
});

t.test("LVs that stay as they are are not named", async (t) => {
  let unchanged = 0;
  property(100, ({ before, to }, _pick, scene) => {
    const { instructions } = applyProgram(before.dump(), to);
    const named = new Set(instructions.flatMap((each) => ("name" in each ? [each.name] : [])));
    const lvOf = ({ uuid }: Devices[number]): string => uuid.split("-")[1] ?? "";
    for (const lv of new Set(scene.from.map(lvOf))) {
      const [was, is] = [scene.from, scene.to].map((devices) =>
        devices.filter((device) => lvOf(device) === lv),
      );
      if (JSON.stringify(was) !== JSON.stringify(is)) continue;
      unchanged += 1;
      check(
        "named",
        was?.filter(({ name }) => named.has(name)),
        [],
      );
    }
  });
  t.ok(unchanged > 20, `seed ${seed}`);
});

const linear = (name: string, disk: number, offset = 0): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length: 1024, type: "linear", params: `8:${disk} ${offset}` }],
});
const raid = (name: string, ...members: readonly string[]): Devices[number] => {
  const params = `raid1 1 0 ${members.length} ${members.join(" ")}`;
  return { name, uuid: `DVM-${name}`, table: [{ start: 0, length: 1024, type: "raid", params }] };
};
const above = (name: string, below: string): Devices[number] => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length: 1024, type: "linear", params: `@${below} 0` }],
});

t.test(
  "found: an array that goes or comes while its legs move never writes where they were not its own",
  async (t) => {
    const metas = [linear("m0", 0, 8192), linear("m1", 1, 8192)];
    const legs = [linear("a", 0), linear("b", 1)];
    const moved = [linear("a", 2), linear("b", 3)];
    const array = raid("array", "@m0 @a", "@m1 @b");
    const rows: readonly (readonly [what: string, from: Devices, to: Devices])[] = [
      ["it goes, nothing stands on it", [...metas, ...legs, array], [...metas, ...moved]],
      [
        "it goes, what stood on it stays",
        [...metas, ...legs, array, above("top", "array")],
        [...metas, ...moved, linear("top", 4)],
      ],
      [
        "it goes, what stood on it goes on with a leg",
        [...metas, ...legs, array, above("top", "array")],
        [...metas, ...moved, above("top", "a")],
      ],
      ["it comes", [...metas, ...legs], [...metas, ...moved, array, above("top", "array")]],
      [
        "it comes, and its legs stay",
        [...metas, ...legs, above("old", "b")],
        [...metas, ...legs, array, above("top", "array"), above("old", "b")],
      ],
    ];
    for (const [what, from, to] of rows) {
      const scene: Scene = { from, to, pools: {}, wanted: {} };
      const stage = new Stage(scene);
      const plan = planPrograms(stage.before.dump(), stage.to);
      const prepared = stage.before.copy();
      prepared.run(plan.prepare, [], stage.follow(prepared, "old", `${what}: prepare`));
      // What is new writes nothing on what is in use before the commit.
      const writes = prepared.state.devices.filter(
        ({ name, live }) => name === "array" && live?.lines[0]?.type === "raid",
      );
      t.equal(writes.length, from.includes(array) ? 1 : 0, `${what}: prepared`);
      prepared.run(plan.commit, [], stage.follow(prepared, "both", `${what}: commit`));
      t.same(all(prepared), stage.future, what);
    }
  },
);

t.test("found: a pool's id is not deleted in the pool that has its name", async (t) => {
  const pool = (uuid: string, name: string, thins?: Devices[number]["thins"]): Devices => [
    { ...linear(`${name}-meta`, 0, uuid === "1" ? 4096 : 8192), uuid: `DVM-${uuid}-tmeta` },
    { ...linear(`${name}-data`, 1, uuid === "1" ? 4096 : 8192), uuid: `DVM-${uuid}-tdata` },
    {
      name,
      uuid: `DVM-${uuid}-tpool`,
      table: [{ start: 0, length: 1024, type: "thin-pool", params: `@${name}-meta @${name}-data 128 0 0` }],
      ...(thins && { thins }),
    },
  ];
  const ids = () => ({
    transactionId: 7,
    thins: { 3: { origin: null, transactionId: 1 } },
    blockSize: 128,
    blocks: 0,
  });
  const pools = { "DVM-1-tmeta": ids(), "DVM-2-tmeta": ids() };
  const from = [...pool("1", "x"), ...pool("2", "y")];
  const to = [...pool("1", "y", { transactionId: 8, delete: [3] }), ...pool("2", "x")];
  const before = benchOf(from, pools);
  let renames = 0;
  eachFailure(before, applyProgram(before.dump(), { scope, devices: to }), (after, _exit, what) => {
    if (what.includes("rename")) renames += 1;
    t.strictSame(Object.keys(after.state.pools["DVM-2-tmeta"]?.thins ?? {}), ["3"], what);
  });
  t.ok(renames > 0);
});

t.test("found: a pool takes more room for its metadata, and never has less", async (t) => {
  const scene = (before: number, after: number): Scene => {
    const [from = [], to = []] = [before, after].map(
      (length): Devices => [
        { name: "meta", uuid: "DVM-0-tmeta", table: [{ start: 0, length, type: "linear", params: "8:0 0" }] },
        linear("data", 1),
        {
          name: "pool",
          uuid: "DVM-0-tpool",
          table: [{ start: 0, length: 1024, type: "thin-pool", params: "@meta @data 128 0 0" }],
        },
      ],
    );
    const pools = { "DVM-0-tmeta": { transactionId: 7, thins: {}, blockSize: 128, blocks: 0 } };
    return { from, to, pools, wanted: pools };
  };
  const grows = new Stage(scene(1024, 2048));
  const { prepare, commit, abort } = planPrograms(grows.before.dump(), grows.to);
  const held = prepare.instructions.some((each) => each.op === "suspend" && each.name === "pool");
  t.notOk(held, "not before the commit, since there is no way back");
  const bench = grows.before.copy();
  bench.run(prepare);
  const aborted = bench.copy();
  bench.run(commit);
  t.equal(bench.state.pools["DVM-0-tmeta"]?.metadataBlocks, 256);
  t.strictSame(applyProgram(bench.dump(), grows.to).instructions, [{ op: "exit", status: 0 }], "once");
  aborted.run(abort);
  t.same(all(aborted), grows.old);
  const shrinks = new Stage(scene(2048, 1024));
  const message = /pool: has taken more room than it is to have, and never gets smaller/;
  t.throws(() => planPrograms(shrinks.before.dump(), shrinks.to), {
    code: "BAD_INPUT",
    message,
  } as unknown as Error);
});
