/** An origin and its snapshots: one thing to activation, from the snapshot to the end of its merge. */
import t from "tap";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

async function origin(options: Readonly<Record<string, unknown>> = {}): Promise<VolumeWorld> {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "data", extents: "4", pv: [pvId(0)], ...options });
  return world;
}

const take = (world: VolumeWorld, name = "snap", extents = "2") =>
  world.run("snapshot", { origin: "data", name, extents, pv: [pvId(1)] });
const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();
const types = (world: VolumeWorld): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(world.tables()).map(([name, table]) => [name, table.split(" ")[2]]));

const UP = ["vg-data", "vg-data-real", "vg-snap", "vg-snap-cow"];
const MERGED = (world: VolumeWorld, used = "16/256 16"): void => {
  for (const device of world.sim.devices) if (device.name === "vg-data") device.status = { 0: used };
};

t.test("taken of a live LV, and removed", async (t) => {
  const world = await origin();
  const plain = world.tables()["vg-data"];
  await take(world);
  t.same(types(world), {
    "vg-data": "snapshot-origin",
    "vg-data-real": "linear",
    "vg-snap": "snapshot",
    "vg-snap-cow": "linear",
  });
  t.equal(world.tables()["vg-data-real"], plain, "the content goes on where it was");
  t.same((await world.settle()).summary, [], "nothing is left to do");
  await take(world, "later");
  t.equal(names(world).length, 6);
  await world.run("remove-lv", { name: "snap" });
  await world.run("remove-lv", { name: "later" });
  t.same(world.tables(), { "vg-data": plain });
});

t.test("the head of the store is wiped before anything is loaded", async (t) => {
  const world = await origin();
  world.disks.bytes("/dev/disk1").fill(0x53, 64 * 512);
  await take(world);
  const head = world.disks.bytes("/dev/disk1").subarray(64 * 512, 64 * 512 + 4096);
  t.ok(head.every((byte) => byte === 0));
});

t.test("up and down together, whatever is named", async (t) => {
  const world = await origin();
  await take(world);
  await t.rejects(world.deactivate("snap"), {
    code: "IN_USE",
    message: "LV snap goes down together with LV data, which is live: deactivate that",
  });
  await world.deactivate("data");
  t.same(names(world), []);
  await world.activate("snap");
  t.same(names(world), UP, "by the snapshot");
  await world.deactivate();
  const { programs } = await world.settle({ direction: "activate", lvs: ["data"], dryRun: true });
  await world.activate("data");
  t.same(names(world), UP, "by the origin");
  const resumed = programs?.[0]?.instructions.flatMap((each) => (each.op === "resume" ? [each.name] : []));
  const at = (name: string) => resumed?.indexOf(name) ?? -1;
  t.ok(at("vg-snap") < at("vg-data"), "the snapshot first");
});

t.test("of an LV that is down: it stays down", async (t) => {
  const world = await origin();
  await world.deactivate();
  await take(world);
  t.same(names(world), []);
  await world.activate();
  t.same(names(world), UP);
});

t.test("without its store the origin comes up read-only, and only when it is asked for", async (t) => {
  const world = await origin();
  await take(world);
  world.reboot();
  world.away.add(1);
  await t.rejects(world.activate(), {
    code: "INCOMPLETE",
    message: new RegExp(`LV data comes up together with LV snap, which needs PV ${pvId(1)}`),
  });
  t.same(names(world), []);
  await world.settle({ direction: "activate", partial: true });
  const { readOnly } = world.dm().devices.find(({ name }) => name === "vg-data") ?? {};
  t.equal(readOnly, true);
  t.equal(types(world)["vg-snap"], "error");
});

t.test("the store grows in the commit, not before", async (t) => {
  const world = await origin();
  await take(world);
  const before = world.tables();
  const next = world.manip("extend-lv", { name: "snap", extents: "+1" });
  const activation = await world.prepare(next);
  t.same(world.tables(), before, "a snapshot would take it up at once");
  world.metadata = next;
  await world.commit(activation);
  t.match(world.tables()["vg-snap-cow"], /^0 384 linear/);
  t.same((await world.settle()).summary, []);
});

t.test("merged, live", async (t) => {
  const world = await origin();
  const plain = world.tables()["vg-data"];
  await take(world);
  await world.run("merge", { name: "snap" });
  t.same(types(world), { "vg-data": "snapshot-merge", "vg-data-real": "linear", "vg-snap-cow": "linear" });
  t.throws(() => world.manip("snapshot", { origin: "data", name: "x", extents: "1" }), {
    code: "IN_USE",
    message: "LV snap is being merged into LV data: there are no new snapshots before that ends",
  });
  t.same((await world.settle()).summary, []);
  MERGED(world, "160/256 16");
  await t.rejects(world.run("merge", { name: "snap", finish: true }), {
    code: "WOULD_LOSE_DATA",
    message: "LV snap is not merged yet: 72 KiB are still to be put back",
  });
  await t.rejects(world.run("remove-lv", { name: "snap" }), { code: "WOULD_LOSE_DATA" }, "nor otherwise");
  MERGED(world);
  await world.run("merge", { name: "snap", finish: true });
  t.same(world.tables(), { "vg-data": plain });
});

t.test(
  "a merge that is under way goes on at the next activation, and ends only by a live status",
  async (t) => {
    const world = await origin();
    await take(world);
    await world.run("merge", { name: "snap" });
    await world.deactivate();
    await t.rejects(world.run("merge", { name: "snap", finish: true }), {
      code: "WOULD_LOSE_DATA",
      message: /only the status of a live LV tells/,
    });
    await world.activate();
    t.equal(types(world)["vg-data"], "snapshot-merge");
    world.reboot();
    world.away.add(1);
    await t.rejects(world.activate("data"), { code: "INCOMPLETE" });
    await world.settle({ direction: "activate", partial: true });
    t.equal(types(world)["vg-data"], "error", "a part of it is only in the store");
  },
);

t.test("nobody may have either of them open when it begins", async (t) => {
  for (const name of ["vg-data", "vg-snap"]) {
    const world = await origin();
    await take(world);
    world.open(name);
    const before = world.tables();
    await t.rejects(world.run("merge", { name: "snap" }), { code: "IN_USE" }, name);
    t.same(world.tables(), before);
    t.equal(JSON.stringify(world.metadata).includes("begun"), false);
    const activation = await (async () => {
      world.open(name, -1);
      const next = world.manip("merge", { name: "snap" });
      const made = await world.prepare(next);
      world.metadata = next;
      return made;
    })();
    world.open(name);
    await t.rejects(world.commit(activation), { code: "NOT_ACTIVATED" }, "opened in between");
    t.same(types(world), Object.fromEntries(Object.entries(before).map(([n, v]) => [n, v.split(" ")[2]])));
    t.ok(world.sim.devices.every(({ suspended }) => !suspended));
    world.open(name, -1);
    await world.settle();
    t.equal(types(world)["vg-data"], "snapshot-merge");
  }
});

t.test("a merge of what is lost does not begin", async (t) => {
  const world = await origin();
  await take(world);
  for (const device of world.sim.devices) if (device.name === "vg-snap") device.status = { 0: "Invalid" };
  await t.rejects(world.run("merge", { name: "snap" }), {
    code: "WOULD_LOSE_DATA",
    message: 'LV snap cannot be merged: what it held is lost ("invalid")',
  });
  const down = await origin();
  await take(down);
  await down.deactivate();
  const header = Buffer.alloc(16);
  for (const [at, value] of [0x70416e53, 0, 1, 8].entries()) header.writeUInt32LE(value, 4 * at);
  down.disks.bytes("/dev/disk1").set(header, 64 * 512);
  await t.rejects(down.run("merge", { name: "snap" }), {
    code: "WOULD_LOSE_DATA",
    message: /has overflowed and is lost/,
  });
});

t.test("to be merged later", async (t) => {
  const world = await origin();
  await take(world);
  await world.run("merge", { name: "snap", later: true });
  t.same(names(world), UP, "nothing changes");
  await world.run("merge", { name: "snap", abort: true });
  t.notMatch(JSON.stringify(world.metadata), /merge/);
  await world.run("merge", { name: "snap" });
  t.throws(() => world.manip("merge", { name: "snap", abort: true }), {
    code: "WOULD_LOSE_DATA",
    message: /let it end, then manip merge --name snap --finish$/,
  });
  await world.run("merge", { name: "snap", finish: true });
  t.same(names(world), ["vg-data"], "it has to end, and then it does");
});

t.test("other stores have to have room for what comes", async (t) => {
  const world = await origin();
  await take(world);
  await take(world, "other");
  t.throws(() => world.manip("merge", { name: "snap" }), {
    code: "NO_SPACE",
    message:
      "the stores of other snapshots could overflow: other: manip extend-lv --name other --extents 5 makes " +
      "that one safe, and --force takes the risk",
  });
  t.ok(world.manip("merge", { name: "snap", force: true }));
  await world.run("extend-lv", { name: "other", extents: "5" });
  await world.run("merge", { name: "snap" });
  t.same(types(world)["vg-other"], "snapshot", "it stays");
  t.throws(() => world.manip("merge", { name: "other" }), { code: "IN_USE" }, "one at a time");
});

t.test("what is refused of an origin, and of a snapshot", async (t) => {
  const world = await origin();
  await world.run("create-lv", { name: "m", extents: "2", mirrors: 1 });
  t.throws(() => world.manip("snapshot", { origin: "m", name: "x", extents: "1" }), {
    code: "UNSUPPORTED",
    message: "LV m is raid1: there are snapshots of linear and striped LVs only",
  });
  await take(world);
  t.throws(() => world.manip("snapshot", { origin: "snap", name: "x", extents: "1" }), {
    code: "UNSUPPORTED",
  });
  for (const [verb, options] of [
    ["extend-lv", { extents: "+1" }],
    ["reduce-lv", { extents: "1" }],
    ["mirror", { mirrors: 1 }],
    ["move", { from: pvId(0) }],
    ["convert", { type: "striped", stripes: 2, "stripe-size": "4k" }],
    ["remove-lv", {}],
  ] as const)
    t.throws(
      () => world.manip(verb, { name: "data", ...options }),
      { code: "IN_USE", message: /^LV data is used by snap: / },
      verb,
    );
  for (const [verb, options] of [
    ["reduce-lv", { extents: "1" }],
    ["mirror", { mirrors: 1 }],
    ["move", { from: pvId(1) }],
    ["convert", { type: "striped", stripes: 2, "stripe-size": "4k" }],
    ["merge", {}],
  ] as const)
    t.throws(
      () => world.manip(verb, { name: verb === "merge" ? "data" : "snap", ...options }),
      { code: "UNSUPPORTED" },
      verb,
    );
  t.throws(() => world.manip("snapshot", { origin: "data", name: "x", extents: "1", "chunk-size": "6k" }), {
    code: "USAGE",
    message: "--chunk-size 6 KiB is no power of two from 4k to 512k",
  });
  const large = world.manip("snapshot", { origin: "data", name: "x", extents: "50" });
  t.match(world.told.at(-1), "the store of LV x gets 5 extents (320 KiB) instead of 50: more is of no use");
  t.equal(JSON.stringify(large.lvs).includes('"length":50'), false);
  await world.run("remove-lv", { name: "data", "with-users": true });
  t.same(
    world.metadata.lvs.map(({ name }) => name),
    ["m"],
  );
});

t.test("what a snapshot held does not come back", async (t) => {
  const { restore } = await import("../../../src/core/volactivate/restore.ts");
  const world = await origin();
  await take(world);
  const earlier = world.metadata;
  await world.run("remove-lv", { name: "snap" });
  t.throws(() => restore({ old: world.metadata, earlier, allow: [] }, world.chance), {
    code: "WOULD_LOSE_DATA",
    message: /LV snap was snapshot, and what it held then is nowhere/,
  });
});

t.test("several in one batch: one instant", async (t) => {
  const world = await origin();
  await world.run("create-lv", { name: "log", extents: "2", pv: [pvId(2)] });
  const snapshots = ["data", "log"].map((name) => ({
    verb: "snapshot",
    origin: name,
    name: `${name}-then`,
    extents: "1",
  }));
  const activation = await world.prepare(world.batch(...snapshots));
  const ops = activation.commit.instructions.flatMap((each) =>
    "name" in each && ["vg-data", "vg-log"].includes(each.name ?? "") ? [each.op] : [],
  );
  t.same(ops.slice(0, 4), ["suspend", "suspend", "resume", "resume"]);
});
