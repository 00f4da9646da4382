/**
 * A change of the metadata is cut off after every single effect: a write, a flush, an operation of
 * device-mapper. Then tm has the old metadata or the new one, and settle has to make device-mapper agree with
 * it. Designed to survive: the process ends anywhere, settle included. Not here: a kernel that refuses
 * (dmactivate's own tests).
 */
import fc from "fast-check";
import t from "tap";
import { DvmError } from "../../src/core/base/error.ts";
import { lengthOf } from "../../src/core/volume/model.ts";
import type { Metadata } from "../../src/schema/index.ts";
import { accepted, NAMES, step } from "../lib/volume-steps.ts";
import { Crash, EXTENT, VolumeWorld } from "../lib/volume-world.ts";

const seed = Number(process.env["DVM_SEED"] ?? 4_711);
const runs = (numRuns: number) => ({
  seed,
  numRuns: Math.ceil(numRuns * Number(process.env["DVM_RUNS"] ?? 1)),
});

/** Runs until the process dies. @returns true when it did not */
async function survives(
  world: VolumeWorld,
  stepsLeft: number,
  work: () => Promise<unknown>,
): Promise<boolean> {
  world.restart();
  world.stepsLeft = stepsLeft;
  try {
    await work();
    return true;
  } catch (thrown) {
    if (!world.crashed || !(thrown instanceof Crash || thrown instanceof DvmError)) throw thrown;
    return false;
  } finally {
    world.restart();
  }
}

const liveIds = ({ sim }: VolumeWorld): string[] =>
  sim.devices.flatMap(({ uuid }) => (uuid.length === 68 ? [uuid.slice(36)] : []));

/** Marks sectors of each live LV. @returns what marks there are, by LV id and sector */
function mark(world: VolumeWorld): Map<string, Map<number, string>> {
  const marks = new Map<string, Map<number, string>>();
  for (const lv of world.metadata.lvs) {
    // What a snapshot shows has places of its own.
    if (!liveIds(world).includes(lv.id) || lv.segments.some(({ type }) => type === "snapshot")) continue;
    const ofLv = new Map<number, string>();
    for (let extent = 0; extent < lengthOf(lv); extent += 1) {
      const sector = extent * EXTENT + 3;
      const text = `${lv.id.slice(0, 8)} ${sector}`;
      world.write(lv.name, sector, text, world.metadata.vg.name);
      ofLv.set(sector, text);
    }
    marks.set(lv.id, ofLv);
  }
  return marks;
}

async function judge(
  world: VolumeWorld,
  live: readonly string[],
  marks: ReadonlyMap<string, ReadonlyMap<number, string>>,
  what: string,
): Promise<void> {
  const fail = (why: string): never => {
    throw new Error(`${what}: ${why}\n${JSON.stringify(world.tables(), null, 1)}`);
  };
  const model = new VolumeWorld({ pvs: world.count, extents: world.extents, content: false });
  model.metadata = world.metadata;
  const names = world.metadata.lvs.filter(({ id }) => live.includes(id)).map((lv) => lv.name);
  if (names.length > 0) await model.activate(...names);
  const [is, should] = [world, model].map((each) => JSON.stringify(lasting(each.tables())));
  if (is !== should) fail(`tables differ from ${should}`);
  for (const { name, suspended, inactive } of world.sim.devices) {
    if (suspended) fail(`${name} is suspended`);
    if (inactive) fail(`${name} has a loaded table`);
  }
  const again = await world.settle();
  if (again.summary.length > 0) fail(`settle again does ${again.summary}`);
  for (const [id, ofLv] of marks) {
    const lv = world.metadata.lvs.find((each) => each.id === id);
    if (!lv || !live.includes(id)) continue;
    for (const [sector, text] of ofLv) {
      if (sector >= lengthOf(lv) * EXTENT) continue;
      const [first] = world.read(lv.name, sector, world.metadata.vg.name);
      if (first !== text) fail(`${lv.name} has ${first} at ${sector} instead of ${text}`);
    }
  }
}

/** Tables without what is asked of raid only once. */
const lasting = (tables: Record<string, string>) =>
  Object.entries(tables)
    .map(([device, text]) => [
      device,
      text.replace(
        / (\d+) 0((?: rebuild \d+)+)/,
        (_, count, words) => ` ${count - words.split(" ").length + 1} 0`,
      ),
    ])
    .sort();

async function cutEverywhere(world: VolumeWorld, next: Metadata): Promise<number> {
  const old = world.metadata;
  const before = liveIds(world);
  const marks = mark(world);
  const created = next.lvs.filter(({ id, activate }) => activate && !old.lvs.some((lv) => lv.id === id));
  const after = [
    ...before.filter((id) => next.lvs.some((lv) => lv.id === id)),
    ...created.map(({ id }) => id),
  ];
  let cuts = 0;

  for (let at = 0; ; at += 1) {
    const cut = world.copy();
    const whole = await survives(cut, at, () => cut.prepare(next));
    cuts += 1;
    if (whole) break;
    const again = cut.copy();
    await cut.settle();
    await judge(cut, before, marks, `prepare cut at ${at}`);
    // Settling is cut off too, and done again.
    for (let inner = 0; inner < 3; inner += 1) {
      const twice = again.copy();
      await survives(twice, inner, () => twice.settle());
      await twice.settle();
      await judge(twice, before, marks, `prepare cut at ${at}, settle cut at ${inner}`);
    }
  }

  const prepared = world.copy();
  const activation = await prepared.prepare(next);
  for (let at = 0; ; at += 1) {
    const cut = prepared.copy();
    const whole = await survives(cut, at, () => cut.abort(activation));
    cuts += 1;
    await cut.settle();
    await judge(cut, before, marks, `abort cut at ${at}`);
    if (whole) break;
  }
  for (let at = 0; ; at += 1) {
    const cut = prepared.copy();
    cut.metadata = next;
    const whole = await survives(cut, at, () => cut.commit(activation));
    cuts += 1;
    if (!whole) await cut.settle();
    await judge(cut, after, marks, `commit cut at ${at}`);
    if (whole) break;
  }
  return cuts;
}

t.test("cut off anywhere, settle makes device-mapper agree with what is committed", async (t) => {
  let cuts = 0;
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 2, maxLength: 8 }),
      fc.subarray([...NAMES]),
      fc.array(step, { minLength: 1, maxLength: 3 }),
      async (first, down, then) => {
        const world = new VolumeWorld({ extents: 36 });
        for (const each of first) {
          const next = await accepted(world, [each]);
          if (next) await world.update(next);
        }
        const there = down.filter((each) => world.metadata.lvs.some((lv) => lv.name === each));
        if (there.length > 0) await world.deactivate(...there);
        const next = await accepted(world, then);
        if (!next) return;
        changes += 1;
        cuts += await cutEverywhere(world, next);
      },
    ),
    runs(30),
  );
  t.comment(`states ${cuts} cuts of ${changes} changes, seed ${seed}`);
  t.ok(changes > runs(10).numRuns, "many changes are accepted");
});

/** Two LVs, and a snapshot of each. */
async function withSnapshots(): Promise<VolumeWorld> {
  const world = new VolumeWorld({ extents: 36 });
  for (const name of ["a", "b-c"]) {
    await world.run("create-lv", { name, extents: "4" });
    await world.run("snapshot", { origin: name, name: `${name}.then`, extents: "2" });
  }
  return world;
}

const snapshotRows: readonly (readonly [string, (world: VolumeWorld) => Metadata | Promise<Metadata>])[] = [
  ["one more is taken", (world) => world.manip("snapshot", { origin: "a", name: "d", extents: "1" })],
  [
    "of both, at one instant",
    (world) =>
      world.batch(
        { verb: "snapshot", origin: "a", name: "d", extents: "1" },
        { verb: "snapshot", origin: "b-c", name: "e", extents: "1" },
      ),
  ],
  ["a store grows", (world) => world.manip("extend-lv", { name: "a.then", extents: "+2" })],
  ["one goes", (world) => world.manip("remove-lv", { name: "a.then" })],
  ["an origin goes with it", (world) => world.manip("remove-lv", { name: "b-c", "with-users": true })],
  ["an origin is renamed", (world) => world.manip("rename-lv", { name: "b-c", to: "f" })],
  ["a merge begins", (world) => world.manip("merge", { name: "a.then" })],
  [
    "a merge ends",
    async (world) => {
      await world.run("merge", { name: "a.then" });
      return world.manip("merge", { name: "a.then", finish: true });
    },
  ],
];
for (const [what, change] of snapshotRows)
  t.test(`snapshots, cut off anywhere: ${what}`, async (t) => {
    const world = await withSnapshots();
    const next = await change(world);
    const cuts = await cutEverywhere(world, next);
    t.comment(`states ${cuts} cuts`);
    t.ok(cuts >= 5);
  });

t.test("bringing LVs up or down, cut off anywhere, leaves each of them up or down", async (t) => {
  let cuts = 0;
  const start = new VolumeWorld({ extents: 36 });
  await start.run("create-lv", { name: "a", extents: "4" });
  await start.run("create-lv", { name: "b-c", extents: "4", mirrors: 1 });
  await start.run("create-lv", { name: "d", extents: "4", stripes: 2, "stripe-size": "16k" });
  const ids = start.metadata.lvs.map(({ id }) => id);
  const down = start.copy();
  await down.deactivate();
  for (const [world, direction, goal] of [
    [start, "deactivate", []],
    [down, "activate", ids],
  ] as const) {
    for (let at = 0; ; at += 1) {
      const cut = world.copy();
      const whole = await survives(cut, at, () => cut.settle({ direction }));
      cuts += 1;
      const again = cut.copy();
      const live = liveIds(cut);
      await cut.settle();
      await judge(cut, live, new Map(), `${direction} cut at ${at}`);
      await again.settle({ direction });
      await judge(again, goal, new Map(), `${direction} cut at ${at} and done again`);
      if (whole) break;
    }
  }
  t.comment(`states ${cuts} cuts`);
  t.ok(cuts > 20);
});
