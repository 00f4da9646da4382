/** Pools and thin LVs: made, snapshotted, removed; and that no thin id is ever of two LVs, whatever is cut off. */
import t from "tap";
import { orNightly } from "../../lib/nightly.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

/** At each so manyth step it is cut off. */
const STRIDE = orNightly(3, 1);

async function pool(options: Readonly<Record<string, unknown>> = {}): Promise<VolumeWorld> {
  const world = new VolumeWorld();
  await world.run("create-pool", {
    name: "pool",
    extents: "8",
    pv: [pvId(0)],
    "meta-pv": [pvId(1)],
    ...options,
  });
  return world;
}

const create = (world: VolumeWorld, name: string, size = "10M") =>
  world.run("create-thin", { pool: "pool", name, size });
const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();
const kernel = (world: VolumeWorld) => {
  const [found] = Object.values(world.sim.pools);
  return { at: found?.transactionId, ids: Object.keys(found?.thins ?? {}).map(Number) };
};
const segment = (world: VolumeWorld, name: string) =>
  world.lv(name).segments[0] as unknown as Record<string, unknown>;

t.test("made, snapshotted, removed, live", async (t) => {
  const world = await pool();
  t.same(names(world), ["vg-pool", "vg-pool-tdata", "vg-pool-tmeta"]);
  t.match(world.tables()["vg-pool"], /^0 1024 thin-pool @\S+|^0 1024 thin-pool \S+ \S+ 128 0 0/);
  await create(world, "a");
  t.same(kernel(world), { at: 1, ids: [1] });
  t.match(world.tables()["vg-a"], /^0 20480 thin \S+ 1$/);
  await world.run("snapshot", { origin: "a", name: "b" });
  t.same(kernel(world), { at: 2, ids: [1, 2] });
  t.match(world.tables()["vg-b"], /^0 20480 thin \S+ 2$/);
  t.same((await world.settle()).summary, [], "nothing is left to do");
  await world.run("remove-lv", { name: "a" });
  t.same(kernel(world), { at: 4, ids: [2] }, "one for the transaction, one when it is gone");
  t.same((await world.settle()).summary, []);
  await create(world, "c");
  t.same(kernel(world), { at: 5, ids: [2, 3] }, "an id that is gone does not come back");
  await world.run("rename-lv", { name: "c", to: "d" });
  await world.run("extend-lv", { name: "d", size: "+1M" });
  t.match(world.tables()["vg-d"], /^0 22528 thin \S+ 3$/);
  await world.run("reduce-lv", { name: "d", size: "4M" });
  t.match(world.tables()["vg-d"], /^0 8192 thin \S+ 3$/);
  t.throws(() => world.manip("remove-lv", { name: "pool" }), {
    code: "IN_USE",
    message: /^LV pool is used by b, d: remove those first, or run dvm remove-lv vg\/pool --with-users/,
  });
  await world.run("remove-lv", { name: "pool", "with-users": true });
  t.same(names(world), []);
});

t.test("a pool gets longer, its data and its metadata", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.run("extend-lv", { name: "pool", extents: "+4" });
  t.match(world.tables()["vg-pool"], /^0 1536 thin-pool/);
  t.match(world.tables()["vg-pool-tdata"], /^0 1536 linear/);
  await world.run("extend-lv", { name: "pool", meta: "+256k" });
  t.match(world.tables()["vg-pool-tmeta"], /^0 4608 linear/);
  t.same((await world.settle()).summary, []);
  t.equal(Object.values(world.sim.pools)[0]?.metadataBlocks, 576, "the kernel has taken it");
  t.throws(() => world.manip("reduce-lv", { name: "pool", extents: "1" }), { code: "IN_USE" });
  t.throws(() => world.manip("extend-lv", { name: "a", meta: "+1M" }), {
    code: "USAGE",
    message: "LV a is thin: only a pool has --meta",
  });
});

t.test("down and up, and by name", async (t) => {
  const world = await pool();
  await create(world, "a");
  await create(world, "b");
  await t.rejects(world.deactivate("pool"), {
    code: "IN_USE",
    message: /LV pool is used by LV a, which is live/,
  });
  await world.deactivate("a");
  t.same(names(world), ["vg-b", "vg-pool", "vg-pool-tdata", "vg-pool-tmeta"]);
  await world.deactivate();
  t.same(names(world), []);
  await world.activate("b");
  t.same(names(world), ["vg-b", "vg-pool", "vg-pool-tdata", "vg-pool-tmeta"]);
  world.reboot();
  await world.activate();
  t.same(names(world), ["vg-a", "vg-b", "vg-pool", "vg-pool-tdata", "vg-pool-tmeta"]);
  t.same(kernel(world), { at: 2, ids: [1, 2] }, "by what is on the disks");
});

t.test("what a pool that is down is not told waits, and comes before all else", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.run("snapshot", { origin: "a", name: "b" });
  await world.deactivate();
  await world.update(world.manip("remove-lv", { name: "b" }), { activate: false });
  t.same(kernel(world).ids, [1, 2]);
  t.same(names(world), []);
  await t.rejects(world.update(world.manip("create-thin", { pool: "pool", name: "c", size: "1M" })), {
    code: "WOULD_LOSE_DATA",
    message:
      "LV pool cannot change its thin LVs now: it has not been told all of its last change (it is at transaction " +
      "2, and not at 4): run dvm activate vg first",
  });
  world.reboot();
  await world.activate();
  t.same(kernel(world), { at: 4, ids: [1] });
  await create(world, "c");
  t.same(kernel(world), { at: 5, ids: [1, 3] });
});

t.test("several in one batch are one transaction, and of one instant", async (t) => {
  const world = await pool();
  const thin = (name: string) => ({ verb: "create-thin", pool: "pool", name, size: "1M" });
  await world.update(world.batch(thin("a"), thin("b"), thin("gone"), { verb: "remove-lv", name: "gone" }));
  t.same(kernel(world), { at: 1, ids: [1, 2] });
  const snapshot = (origin: string) => ({ verb: "snapshot", origin, name: `${origin}-then` });
  const activation = await world.prepare(
    world.batch(snapshot("a"), snapshot("b"), { verb: "remove-lv", name: "a" }),
    { dryRun: true },
  );
  const ops = activation.prepare?.instructions.flatMap(({ op }) =>
    ["suspend", "message"].includes(op) ? [op] : [],
  );
  t.same(ops?.slice(0, 4), ["suspend", "suspend", "message", "message"]);
  await world.update(world.batch(snapshot("a"), snapshot("b"), { verb: "remove-lv", name: "a" }));
  t.same(kernel(world).ids, [2, 4, 5]);
  t.throws(() => world.batch(thin("x"), snapshot("x"), { verb: "remove-lv", name: "x" }), { code: "IN_USE" });
});

t.test("cut off anywhere: recovered, every LV has its id, and nobody else's", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.run("snapshot", { origin: "a", name: "b" });
  const verbs = [
    ["create-thin", { pool: "pool", name: "c", size: "1M" }],
    ["snapshot", { origin: "a", name: "c" }],
    ["remove-lv", { name: "b" }],
    ["extend-lv", { name: "pool", extents: "+4" }],
    ["extend-lv", { name: "pool", meta: "+256k" }],
    ["remove-lv", { name: "pool", "with-users": true }],
  ] as const;
  for (const [verb, options] of verbs) {
    for (let steps = 0, isOver = false; !isOver; steps += STRIDE) {
      for (const restarted of [false, true]) {
        // Ids of LVs go on where they were.
        const cut = Object.assign(world.copy(), { chance: world.chance });
        const next = cut.manip(verb, options);
        cut.stepsLeft = steps;
        const activation = await cut.prepare(next).catch(() => undefined);
        const left = cut.stepsLeft;
        if (activation) {
          cut.metadata = next;
          isOver = await cut.commit(activation).then(
            () => cut.stepsLeft > 0,
            () => false,
          );
        }
        if (restarted) cut.reboot();
        else cut.restart();
        const what = `${verb} cut at ${steps}${restarted ? ", restarted" : ""} (${left} left in prepare)`;
        if (restarted) await cut.activate();
        else await cut.settle();
        const ids = cut.metadata.lvs.flatMap(({ segments: [first] }) =>
          first && "deviceId" in first ? [first.deviceId as number] : [],
        );
        const found = kernel(cut);
        if (!cut.metadata.lvs.some(({ name }) => name === "pool")) t.same(names(cut), [], what);
        else {
          t.ok(
            ids.every((id) => found.ids.includes(id)),
            `${what}: ids ${ids} of ${found.ids}`,
          );
          t.same((await cut.settle()).summary, [], `${what}: settled`);
          // The next one is never an id that somebody has.
          await cut.run("create-thin", { pool: "pool", name: "next", size: "1M" });
          const after = kernel(cut);
          const id = segment(cut, "next")["deviceId"];
          t.notOk(ids.includes(id as number), what);
          t.same(after.ids.filter((each) => !ids.includes(each) && each !== id).length <= 1, true, what);
        }
      }
    }
  }
});

t.test("what contradicts the kernel is refused before anything is done", async (t) => {
  const world = await pool();
  await create(world, "a");
  const [only] = Object.values(world.sim.pools);
  if (only) only.transactionId = 7;
  let thin = world.manip("create-thin", { pool: "pool", name: "b", size: "1M" });
  await t.rejects(world.prepare(thin), { code: "TABLES_DIFFER" });
  if (only) only.transactionId = 1;
  const status = "1 10/512 0/8 - rw discard_passdown queue_if_no_space needs_check 1024 ";
  for (const device of world.sim.devices) if (device.name === "vg-pool") device.status = { 0: status };
  await t.rejects(world.prepare(thin), {
    code: "WOULD_LOSE_DATA",
    message: "LV pool cannot change its thin LVs now: its metadata have to be checked by thin_check first",
  });
  for (const device of world.sim.devices) delete device.status;
  const withPool = (by: object) => ({
    ...thin,
    lvs: thin.lvs.map((lv) =>
      lv.name === "pool" ? { ...lv, segments: [{ ...lv.segments[0], ...by } as never] } : lv,
    ),
  });
  const other = (by: object) => ({
    ...world.metadata,
    lvs: world.metadata.lvs.map((lv) =>
      lv.name === "a" ? { ...lv, segments: [{ ...lv.segments[0], ...by } as never] } : lv,
    ),
  });
  const more = world.manip("create-thin", { pool: "pool", name: "b", size: "1M" });
  await world.update(more);
  const swapped = {
    ...world.metadata,
    lvs: world.metadata.lvs.map((lv) =>
      lv.name === "a" || lv.name === "b"
        ? { ...lv, segments: [{ ...lv.segments[0], deviceId: lv.name === "a" ? 2 : 1 } as never] }
        : lv,
    ),
  };
  await t.rejects(world.prepare(swapped), { code: "WOULD_LOSE_DATA", message: /its data would be lost/ });
  await t.rejects(world.prepare(other({ deviceId: 2 })), { message: /has thin id 2 for two LVs/ });
  await world.run("remove-lv", { name: "b" });
  thin = world.manip("create-thin", { pool: "pool", name: "b", size: "1M" });
  for (const [by, message] of [
    [{ transactionId: 6 }, /its next transaction is 5, and not 6/],
    [{ nextId: 3 }, /thin id 3 is not below the next one/],
    [{ create: [{ id: 7 }], nextId: 9 }, /creates thin id 7, which no LV has/],
    [{ delete: [1] }, /deletes thin id 1, which an LV has/],
  ] as const) {
    await t.rejects(world.prepare(withPool(by)), { message }, JSON.stringify(by));
  }
});

t.test("what is refused, and what would do", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.run("create-lv", { name: "plain", extents: "4" });
  for (const [verb, options, code, message] of [
    [
      "create-thin",
      { pool: "plain", name: "x", size: "1M" },
      "UNSUPPORTED",
      /LV plain is linear: thin LVs are of a pool/,
    ],
    ["create-thin", { pool: "pool", name: "x", extents: "50%FREE" }, "USAGE", /takes nothing of the VG/],
    ["create-thin", { pool: "no", name: "x", size: "1M" }, "NOT_FOUND", /no LV no/],
    ["create-thin", { pool: "pool", name: "a", size: "1M" }, "EXISTS", /already has an LV a/],
    ["snapshot", { origin: "a", name: "x", size: "1M" }, "USAGE", /--size is of a store/],
    ["snapshot", { origin: "a", name: "x", "chunk-size": "4k" }, "USAGE", /--chunk-size is of a store/],
    ["snapshot", { origin: "plain", name: "x" }, "USAGE", /--size, --extents is needed/],
    ["snapshot", { origin: "pool", name: "x", size: "1M" }, "UNSUPPORTED", /LV pool is thin-pool/],
    ["create-pool", { name: "x", extents: "4", "chunk-size": "100k" }, "USAGE", /no multiple of 64k/],
    ["create-pool", { name: "x", extents: "1", "chunk-size": "1M" }, "TOO_SMALL", /no room for a chunk/],
    ["extend-lv", { name: "a", extents: "+50%FREE" }, "USAGE", /takes nothing of the VG/],
    ["extend-lv", { name: "a", extents: "1" }, "WOULD_LOSE_DATA", /reduce-lv makes it shorter/],
    ["merge", { name: "a" }, "UNSUPPORTED", /LV a is thin: only a snapshot can be merged/],
    ["mirror", { name: "pool", mirrors: 1 }, "UNSUPPORTED", /thin-pool/],
    ["move", { name: "pool", from: pvId(0) }, "UNSUPPORTED", /thin-pool/],
    ["convert", { name: "a", type: "striped", stripes: 2 }, "UNSUPPORTED", /thin/],
  ] as const)
    t.throws(() => world.manip(verb, options), { code, message }, `${verb} ${JSON.stringify(options)}`);
});

t.test("no earlier state brings an id back", async (t) => {
  const { restore } = await import("../../../src/core/volactivate/restore.ts");
  const world = await pool();
  await create(world, "a");
  const earlier = world.metadata;
  await world.run("remove-lv", { name: "a" });
  t.throws(() => restore({ old: world.metadata, earlier, allow: [] }, world.chance), {
    code: "WOULD_LOSE_DATA",
    message: /LV pool was thin-pool, and what it held then is nowhere.*: no earlier state gives that back/,
  });
});

t.test("without its disks a pool comes up only when that is asked for, and shows errors", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.deactivate();
  world.away.add(1);
  await t.rejects(world.activate(), { code: "INCOMPLETE" });
  await world.settle({ direction: "activate", partial: true });
  t.match(world.tables()["vg-a"], /error/);
  const thin = world.manip("create-thin", { pool: "pool", name: "b", size: "1M" });
  await t.rejects(world.prepare(thin, { activate: false }), { message: /./ });
});

t.test("a pool that is down and of another past does not come up", async (t) => {
  const world = await pool();
  await create(world, "a");
  await world.deactivate();
  for (const at of [0, 7]) {
    const [only] = Object.values(world.sim.pools);
    if (only) only.transactionId = at;
    await t.rejects(
      world.activate().then(() => (at === 0 ? Promise.reject(new Error("comes up")) : undefined)),
      at === 0
        ? { message: "comes up" }
        : { message: /vg-pool is at another transaction than the metadata has/ },
      `at ${at}`,
    );
    await world.deactivate();
  }
  t.same(names(world), []);
});
