/** Thin ids: which there are after each program, whatever fails on the way. */
import fc from "fast-check";
import t from "tap";
import { applyProgram, planPrograms } from "../../../src/core/dmactivate/plan.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { Bench, type FailureMode } from "../../lib/dm-bench.ts";

type DesiredDevice = DmState["devices"][number];
interface NewThin {
  readonly id: number;
  readonly origin?: number;
}

const seed = Number(process.env["DVM_SEED"] ?? 20_240_607);
const scope = ["DVM-"];
const modes: readonly FailureMode[] = ["refused", "dropped", "stuck"];
const BLOCK = 128;
/** The transaction that the metadata commits. */
const NEXT = 8;

interface Situation {
  readonly ids: readonly number[];
  /** Which of ids are active before; undefined: the pool is not active at all. */
  readonly active: readonly number[] | undefined;
  readonly create: readonly NewThin[];
  readonly deleted: readonly number[];
  /** Which ids shall be active. */
  readonly wanted: readonly number[];
  readonly blocks: number;
  readonly renamed: boolean;
}

const situation: fc.Arbitrary<Situation> = fc
  .record({
    ids: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
    created: fc.uniqueArray(fc.integer({ min: 6, max: 9 }), { maxLength: 3 }),
    dice: fc.infiniteStream(fc.nat(1000)),
    isActive: fc.boolean(),
    renamed: fc.boolean(),
  })
  .map(({ ids, created, dice, isActive, renamed }) => {
    const roll = (sides: number): number => Number(dice.next().value) % sides;
    const deleted = ids.filter(() => roll(3) === 0);
    const create = created.map((id, index): NewThin => {
      const origins = [...ids, ...created.slice(0, index)];
      return origins.length > 0 && roll(2) ? { id, origin: origins[roll(origins.length)] ?? 0 } : { id };
    });
    const there = [...ids.filter((id) => !deleted.includes(id)), ...created];
    return {
      ids,
      active: isActive ? ids.filter(() => roll(2)) : undefined,
      create,
      deleted,
      wanted: there.filter(() => roll(3) > 0),
      blocks: 8 + roll(2),
      renamed,
    };
  });

const linear = (name: string, offset: number, length: number): DesiredDevice => ({
  name,
  uuid: `DVM-${name}`,
  table: [{ start: 0, length, type: "linear", params: `8:0 ${offset}` }],
});

/** Pool and thin devices, with what they stand on. */
function devices(ids: readonly number[], blocks: number, pool: string): DesiredDevice[] {
  const length = blocks * BLOCK;
  return [
    linear("meta", 0, 4096),
    linear("data", 8192, length),
    {
      name: pool,
      uuid: "DVM-pool",
      table: [{ start: 0, length, type: "thin-pool", params: `@meta @data ${BLOCK} 0` }],
    },
    ...ids.map((id) => ({
      name: `thin${id}`,
      uuid: `DVM-thin${id}`,
      table: [{ start: 0, length: 1024, type: "thin", params: `@${pool} ${id}` }],
    })),
  ];
}

function benchOf({ ids, active }: Situation): Bench {
  const bench = new Bench();
  const thins = Object.fromEntries(ids.map((id) => [id, { origin: null, transactionId: 1 }]));
  bench.state.pools["DVM-meta"] = { transactionId: NEXT - 1, thins, blockSize: BLOCK, blocks: 8 };
  if (active) bench.build(devices(active, 8, "pool"));
  return bench;
}

function desiredOf({ create, deleted, wanted, blocks, renamed }: Situation): DmState {
  const thins = { transactionId: NEXT, create: [...create], delete: [...deleted] };
  const list = devices(wanted, blocks, renamed ? "tank" : "pool");
  return { scope, devices: list.map((each) => (each.uuid === "DVM-pool" ? { ...each, thins } : each)) };
}

const poolOf = (bench: Bench) => {
  const pool = bench.state.pools["DVM-meta"];
  if (!pool) throw new Error("the pool's metadata are gone");
  return pool;
};
const idsOf = (bench: Bench): string =>
  Object.keys(poolOf(bench).thins)
    .map(Number)
    .sort((a, b) => a - b)
    .join();

function check(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${what}\nis ${a}\nnot ${e}`);
}

const essence = (bench: Bench): unknown =>
  bench
    .dump()
    .devices.map(({ name, uuid, table, inactive, suspended }) => ({
      name,
      uuid,
      table: table?.map(({ type, length, params }) => `${type} ${length} ${params}`),
      inactive,
      suspended,
    }))
    .sort((a, b) => (a.uuid < b.uuid ? -1 : 1));

function finalIds({ ids, create, deleted }: Situation): string {
  const left = [...ids.filter((id) => !deleted.includes(id)), ...create.map(({ id }) => id)];
  return left.sort((a, b) => a - b).join();
}

/** One that deletes tells by the next one that all are gone. */
const lastOf = ({ deleted }: Situation): number => NEXT + (deleted.length > 0 ? 1 : 0);

function checkDone(what: string, bench: Bench, given: Situation): void {
  check(what, [poolOf(bench).transactionId, idsOf(bench)], [lastOf(given), finalIds(given)]);
  const goal = new Bench(structuredClone({ ...bench.state, devices: [] }));
  goal.build(devices(given.wanted, given.blocks, given.renamed ? "tank" : "pool"));
  check(what, essence(bench), essence(goal));
}

const property = (numRuns: number, body: (given: Situation) => void): void =>
  fc.assert(fc.property(situation, body), { seed, numRuns });

t.test("prepare creates, commit deletes, abort takes back", async (t) => {
  property(150, (given) => {
    const bench = benchOf(given);
    const was = [essence(bench), idsOf(bench)];
    const plan = planPrograms(bench.dump(), desiredOf(given));
    check("prepare", bench.run(plan.prepare).exit, 0);
    const aborted = bench.copy();
    check("transaction after prepare", poolOf(bench).transactionId, NEXT - 1);
    check("commit", bench.run(plan.commit).exit, 0);
    checkDone("after commit", bench, given);
    check("again", bench.run(applyProgram(bench.dump(), desiredOf(given))).exit, 0);
    checkDone("after again", bench, given);
    check("abort", aborted.run(plan.abort).exit, 0);
    check("after abort", [essence(aborted), idsOf(aborted)], was);
  });
  t.pass(`seed ${seed}`);
});

t.test("an abort that comes after the commit deletes nothing", async (t) => {
  // The process that ran the commit was cut off before anybody heard of that, and by now the new ids hold
  // data.
  property(60, (given) => {
    const bench = benchOf(given);
    const { prepare, commit, abort } = planPrograms(bench.dump(), desiredOf(given));
    check("prepare", bench.run(prepare).exit, 0);
    check("commit", bench.run(commit).exit, 0);
    bench.run(abort);
    check("after abort", [poolOf(bench).transactionId, idsOf(bench)], [lastOf(given), finalIds(given)]);
  });
  t.pass(`seed ${seed}`);
});

t.test("a failure in prepare or abort leaves the ids that there were", async (t) => {
  let states = 0;
  property(40, (given) => {
    const before = benchOf(given);
    const was = [essence(before), idsOf(before)];
    const plan = planPrograms(before.dump(), desiredOf(given));
    const prepared = before.copy();
    const { tried } = prepared.run(plan.prepare);
    for (const [start, program, at] of [
      ...tried.map((at) => [before, plan.prepare, at] as const),
      ...prepared
        .copy()
        .run(plan.abort)
        .tried.map((at) => [prepared, plan.abort, at] as const),
    ]) {
      const instruction = program.instructions[at];
      for (const mode of instruction?.op === "resume" ? modes : modes.slice(0, 1)) {
        const after = start.copy();
        const { exit } = after.run(program, [{ at, mode }]);
        states += 1;
        // Something that was passed over, or tried again.
        if (program === plan.prepare && exit === 0) continue;
        check(`${mode} ${JSON.stringify(instruction)}`, [essence(after), idsOf(after)], was);
      }
    }
  });
  t.comment(`states ${states}`);
  t.pass(`seed ${seed}`);
});

t.test(
  "a failure in commit, a cut, a restart: planning again finishes, and no id loses its data",
  async (t) => {
    let states = 0;
    property(15, (given) => {
      const before = benchOf(given);
      const desired = desiredOf(given);
      const program = applyProgram(before.dump(), desired);
      const { tried } = before.copy().run(program);
      const resumed = new Set(program.instructions.flatMap((each, at) => (each.op === "resume" ? [at] : [])));
      for (const at of tried) {
        const failures = resumed.has(at) ? modes : modes.slice(0, 1);
        for (const end of [...failures, "cut"] as const) {
          for (const restarted of [false, true]) {
            const after = before.copy();
            if (end === "cut") after.runUnchecked({ instructions: program.instructions.slice(0, at + 1) });
            else after.run(program, [{ at, mode: end }]);
            states += 1;
            if (restarted) after.state.devices = [];
            const pool = poolOf(after);
            const counting = pool.transactionId >= NEXT ? { ...pool.thins } : {};
            for (const id of given.ids) if (pool.thins[id]) counting[id] = pool.thins[id];
            const what = `${end} ${JSON.stringify(program.instructions[at])}, restarted: ${restarted}`;
            check(what, after.run(applyProgram(after.dump(), desired)).exit, 0);
            checkDone(what, after, given);
            for (const [id, thin] of Object.entries(counting)) {
              if (!given.deleted.includes(Number(id)) && poolOf(after).thins[id] !== thin)
                throw new Error(`${what}: id ${id} was made anew`);
            }
          }
        }
      }
    });
    t.comment(`states ${states}`);
    t.pass(`seed ${seed}`);
  },
);

t.test(
  "snapshots of several origins are of one instant, and deletions are told apart from creations",
  async (t) => {
    const given: Situation = {
      ids: [1, 2, 3],
      active: [1, 2],
      create: [
        { id: 6, origin: 1 },
        { id: 7, origin: 2 },
      ],
      deleted: [3],
      wanted: [1, 2, 6, 7],
      blocks: 8,
      renamed: false,
    };
    const bench = benchOf(given);
    const { prepare, commit } = planPrograms(bench.dump(), desiredOf(given));
    let held: string[] = [];
    bench.run(prepare, [], (instruction) => {
      if (instruction.op !== "message") return;
      held = bench.state.devices.filter(({ suspended }) => suspended).map(({ name }) => name);
      t.strictSame(held, ["thin1", "thin2"]);
    });
    t.equal(held.length, 2);
    const ids: number[] = [];
    bench.run(commit, [], ({ op }) => void (op === "message" && ids.push(poolOf(bench).transactionId)));
    t.strictSame(ids, [NEXT, NEXT, NEXT + 1], "set, delete, set");
    checkDone("after commit", bench, given);
    const again = applyProgram(bench.dump(), desiredOf(given));
    t.ok(
      again.instructions.every(({ op }) => op === "exit"),
      "nothing is left to do",
    );
  },
);

t.test("a snapshot's origin holds still while it is made, and nothing else does", async (t) => {
  const given: Situation = {
    ids: [1, 2],
    active: [1, 2],
    create: [{ id: 6, origin: 1 }],
    deleted: [],
    wanted: [1, 2, 6],
    blocks: 8,
    renamed: false,
  };
  const bench = benchOf(given);
  const { prepare, commit } = planPrograms(bench.dump(), desiredOf(given));
  const suspends = [...prepare.instructions, ...commit.instructions].flatMap((each) =>
    each.op === "suspend" ? [each.name] : [],
  );
  t.strictSame(suspends, ["thin1"]);
  bench.run(prepare, [], (instruction) => {
    if (instruction.op !== "message") return;
    const held = bench.state.devices.filter(({ suspended }) => suspended).map(({ name }) => name);
    t.strictSame(held, ["thin1"]);
  });
});

t.test("what is refused before anything is done", async (t) => {
  const given: Situation = {
    ids: [1],
    active: [1],
    create: [{ id: 6 }],
    deleted: [],
    wanted: [1],
    blocks: 8,
    renamed: false,
  };
  const bench = benchOf(given);
  const change = (thins: NonNullable<DesiredDevice["thins"]>, uuid = "DVM-pool"): DmState => {
    const desired = desiredOf(given);
    return {
      ...desired,
      devices: desired.devices.map((each) => (each.uuid === uuid ? { ...each, thins } : each)),
    };
  };
  const refuses = (desired: DmState, code: string, message: RegExp) =>
    t.throws(() => planPrograms(bench.dump(), desired), { code, message } as unknown as Error);
  refuses(change({ transactionId: 12 }), "TABLES_DIFFER", /pool is at transaction 7/);
  refuses(change({ transactionId: 8, create: [{ id: 5 }], delete: [5] }), "BAD_INPUT", /id 5 twice/);
  refuses(change({ transactionId: 8 }, "DVM-data"), "BAD_INPUT", /data has thin ids/);
});
