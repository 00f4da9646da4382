/** Caches: put in front of an LV, flushed, let go or given up; and that nothing which only they have is lost. */
import t from "tap";
import { cache as cacheTarget } from "../../../src/core/dm/targets/cache.ts";
import { finishFlushes } from "../../../src/core/sim/targets/cache-flush.ts";
import { readCacheRecord, writeCacheRecord, writeRange } from "../../../src/core/sim/targets/cache-record.ts";
import { readRange } from "../../../src/core/sim/targets/cow-entries.ts";
import type { LeafIo } from "../../../src/core/sim/targets/leaf-access.ts";
import { restore } from "../../../src/core/volactivate/restore.ts";
import type { Metadata } from "../../../src/schema/index.ts";
import { orNightly } from "../../lib/nightly.ts";
import { DATA_START, EXTENT, pvId, pvPath, VolumeWorld } from "../../lib/volume-world.ts";

/** At each so manyth step it is cut off. */
const STRIDE = orNightly(3, 1);
const TOP = "vg-a";

/** Extents are of 64 KiB, so that a cache of two has 65 for its metadata. */
async function linear(): Promise<VolumeWorld> {
  const world = new VolumeWorld({ extents: 128 });
  await world.run("create-lv", { name: "a", extents: "8", pv: [pvId(0)] });
  return world;
}

const toCache = (world: VolumeWorld, options: Readonly<Record<string, unknown>> = {}): Metadata =>
  world.manip("cache", { name: "a", extents: "2", pv: [pvId(1)], ...options });

async function cached(options: Readonly<Record<string, unknown>> = {}): Promise<VolumeWorld> {
  const world = await linear();
  await world.update(toCache(world, options));
  return world;
}

const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();
const CACHED = [TOP, "vg-a-cdata", "vg-a-cmeta", "vg-a-corig"];

/** What the kernel says of the cache from now on; undefined: what the simulated one does. */
function says(world: VolumeWorld, status: string | undefined): void {
  for (const device of world.sim.devices) {
    if (device.name !== TOP) continue;
    if (status === undefined) delete device.status;
    else device.status = { 0: status };
  }
}

const statusOf = (dirty: number, policy = "cleaner", mode = "writethrough", end = "rw -"): string =>
  `8 10/1000 128 2/2 0 0 0 0 0 0 ${dirty} 2 metadata2 ${mode} 2 migration_threshold 2048 ${policy} 0 ${end} `;

t.test("put in front of an LV, flushed and let go, live", async (t) => {
  const world = await cached();
  t.same(names(world), CACHED);
  t.match(world.tables()[TOP], /^0 1024 cache \S+ \S+ \S+ 128 2 metadata2 writethrough smq 0$/);
  t.same((await world.settle()).summary, [], "nothing is left to do");
  await world.run("uncache", { name: "a" });
  t.match(world.tables()[TOP], /cleaner 0$/);
  t.same((await world.settle()).summary, []);
  await world.run("uncache", { name: "a", abort: true });
  t.match(world.tables()[TOP], /smq 0$/);
  await world.run("uncache", { name: "a" });
  await world.run("uncache", { name: "a", finish: true });
  t.same(names(world), [TOP]);
  t.match(world.tables()[TOP], /^0 1024 linear/);
  t.same((await world.settle()).summary, []);
});

t.test("a writecache", async (t) => {
  const world = await cached({ kind: "writecache", set: ["low_watermark=10", "high_watermark=20"] });
  t.same(names(world), [TOP, "vg-a-wcorig", "vg-a-wcstore"]);
  t.match(world.tables()[TOP], /^0 1024 writecache s \S+ \S+ 512 4 high_watermark 20 low_watermark 10$/);
  t.same((await world.settle()).summary, []);
  t.throws(() => world.manip("uncache", { name: "a", drop: true }), { code: "WOULD_LOSE_DATA" });
  await world.run("uncache", { name: "a" });
  t.match(world.tables()[TOP], / 512 1 cleaner$/);
  for (const [status, message] of [
    ["0 100 99 0", /1 block is still to be written to the origin/],
    ["0 100 100 3", /0 blocks are still to be written/],
    ["1 100 100 0", /the kernel says "1 100 100 0" of it/],
  ] as const) {
    says(world, status);
    await t.rejects(world.run("uncache", { name: "a", finish: true }), { code: "WOULD_LOSE_DATA", message });
  }
  says(world, undefined);
  await world.run("uncache", { name: "a", finish: true });
  t.same(names(world), [TOP]);
});

t.test(
  "what may have missed the origin is let go only when the kernel shows that nothing is left",
  async (t) => {
    const world = await cached({ mode: "writeback" });
    const before = world.metadata;
    const finish = () => world.run("uncache", { name: "a", finish: true });
    t.throws(() => world.manip("uncache", { name: "a", finish: true }), {
      code: "WOULD_LOSE_DATA",
      message: "the cache of LV a is not being flushed: manip uncache --name a begins that",
    });
    t.throws(() => world.manip("uncache", { name: "a", drop: true }), {
      code: "WOULD_LOSE_DATA",
      message: /^the cache of LV a may hold what the LV has nowhere else: dvm uncache vg\/a writes that back/,
    });
    const plain = { ...before, lvs: before.lvs.map((lv) => ({ ...lv, segments: segmentOf(world).origin })) };
    const clean = { ...before, lvs: before.lvs.map((lv) => ({ ...lv, segments: [cleanOf(world)] })) };
    for (const [what, next] of Object.entries({ plain, clean: clean as unknown as Metadata }))
      await t.rejects(
        world.prepare(next),
        { code: "WOULD_LOSE_DATA", message: /it is not being flushed/ },
        what,
      );
    await world.run("uncache", { name: "a" });
    for (const [status, message] of [
      [statusOf(1), /1 chunk is still to be written to the origin$/],
      [statusOf(0, "smq"), /it is not being flushed/],
      [statusOf(0, "cleaner", "writeback"), /it is not being flushed/],
      [statusOf(0, "cleaner", "writethrough", "ro -"), /cannot be written any more/],
      [statusOf(0, "cleaner", "writethrough", "rw needs_check"), /cannot be written any more/],
      ["Fail", /the kernel says "Fail" of it/],
    ] as const) {
      says(world, status);
      await t.rejects(finish(), { code: "WOULD_LOSE_DATA", message }, status);
    }
    await world.deactivate();
    await t.rejects(finish(), { message: /only the status of a live LV tells, so activate it first/ });
    await world.activate();
    const flushes = () => world.steps.filter((step) => step.startsWith("flush")).length;
    const flushed = flushes();
    await finish();
    t.ok(flushes() > flushed, "the origin's disks have kept it");
    t.same(names(world), [TOP]);
  },
);

interface CacheShape {
  readonly origin: Metadata["lvs"][number]["segments"];
  readonly dirty?: true;
}
const segmentOf = (world: VolumeWorld) => world.lv("a").segments[0] as unknown as CacheShape;
const cleanOf = (world: VolumeWorld) => {
  const { dirty: _, ...segment } = segmentOf(world);
  return { ...segment, mode: "writethrough" };
};

/** As a kernel does in mode writeback: the chunk is in the cache from now on, and the origin lacks it. */
function writeCached(world: VolumeWorld, sector: number, text: string): void {
  const io = leaves(world);
  const { metadata, cache, origin, blockSize } = cacheTarget.decodeParams(liveLine(world));
  const found = readCacheRecord(world.sim, metadata, io.read);
  const { chunks, dirty, blockSize: ofChunks = 0 } = found ?? { chunks: [], dirty: [] };
  const at = chunks.length;
  const chunk = Math.floor(sector / blockSize);
  const bytes = readRange(world.sim, origin, chunk * blockSize, blockSize, io.read) ?? Buffer.alloc(0);
  bytes.fill(0, (sector % blockSize) * 512, ((sector % blockSize) + 1) * 512);
  bytes.write(text, (sector % blockSize) * 512, "latin1");
  writeRange(world.sim, cache, at * blockSize, bytes, io);
  writeCacheRecord(
    world.sim,
    metadata,
    { blockSize: ofChunks, chunks: [...chunks, chunk], dirty: [...dirty, at] },
    io,
  );
}
const liveLine = ({ sim }: VolumeWorld): string =>
  sim.devices.find(({ name }) => name === TOP)?.live?.lines[0]?.params ?? "";
const leaves = ({ disks }: VolumeWorld): LeafIo => ({
  read: (token, sector, buffer) =>
    void buffer.set(disks.bytes(token).subarray(sector * 512, sector * 512 + buffer.length)),
  write: (token, sector, bytes) => void disks.bytes(token).set(bytes, sector * 512),
  flush: () => undefined,
});
const timePasses = (world: VolumeWorld): void =>
  finishFlushes({ read: (look) => look(world.sim), change: (act) => act(world.sim) }, leaves(world));
const dirtyOf = (world: VolumeWorld): number => {
  const { metadata } = cacheTarget.decodeParams(liveLine(world));
  return readCacheRecord(world.sim, metadata, leaves(world).read)?.dirty.length ?? -1;
};

t.test("what only the cache has is in the LV once it is let go, and lost when it is given up", async (t) => {
  const world = await linear();
  world.write("a", 130, "old");
  await world.update(toCache(world, { mode: "writeback" }));
  writeCached(world, 130, "new");
  t.equal(dirtyOf(world), 1);
  const lost = world.copy();
  await world.run("uncache", { name: "a" });
  await t.rejects(world.run("uncache", { name: "a", finish: true }), {
    code: "WOULD_LOSE_DATA",
    message: /1 chunk is still to be written to the origin$/,
  });
  timePasses(world);
  await world.run("uncache", { name: "a", finish: true });
  t.same(world.read("a", 130), ["new"]);

  await lost.deactivate();
  await lost.run("uncache", { name: "a", drop: true, force: true });
  await lost.run("uncache", { name: "a", drop: true });
  await lost.activate();
  t.same(lost.read("a", 130), ["old"], "which is why that has to be asked for");

  await world.run("cache", {
    name: "a",
    extents: "2",
    pv: [pvId(1)],
    mode: "writeback",
    "chunk-size": "32k",
  });
  t.equal(dirtyOf(world), 0, "a new cache on the same extents knows nothing of the one before");
  await world.run("uncache", { name: "a" });
  timePasses(world);
  await world.run("uncache", { name: "a", finish: true });
  t.same(world.read("a", 130), ["new"]);
});

t.test("what was removed with its cache does not come back by an earlier state without that", async (t) => {
  const world = await linear();
  const before = world.metadata;
  await world.update(toCache(world, { mode: "writeback" }));
  const with_ = world.metadata;
  await world.run("remove-lv", { name: "a" });
  for (const earlier of [before, with_])
    t.throws(() => restore({ old: world.metadata, earlier, allow: [] }, world.chance), {
      code: "WOULD_LOSE_DATA",
      message: /LV a (cannot have its data back|was cache, and what it held then is nowhere)/,
    });
});

t.test("its disks are away", async (t) => {
  for (const options of [{}, { mode: "writeback" }, { kind: "writecache" }]) {
    const world = await cached(options);
    await world.deactivate();
    world.away.add(1);
    await t.rejects(world.activate("a"), { code: "INCOMPLETE" });
    const isClean = Object.keys(options).length === 0;
    if (isClean) {
      await world.run("uncache", { name: "a", drop: true });
    } else {
      t.throws(
        () => world.manip("uncache", { name: "a", drop: true }),
        { code: "WOULD_LOSE_DATA" },
        "only once it is given up",
      );
      await world.run("uncache", { name: "a", drop: true, force: true });
      t.match(world.told.at(-1), /^the cache of LV a is given up: manip uncache --name a --drop lets it go/);
      await world.run("uncache", { name: "a", drop: true });
    }
    await world.activate("a");
    t.same(names(world), [TOP]);
    t.match(world.tables()[TOP], /^0 1024 linear/);
  }
});

t.test("partially, a clean one comes up without it, read-only", async (t) => {
  for (const [options, table] of [
    [{}, /^0 1024 linear @vg-a-corig 0/],
    [{ mode: "writeback" }, /^0 1024 error/],
    [{ kind: "writecache" }, /^0 1024 error/],
  ] as const) {
    const world = await cached(options);
    await world.deactivate();
    world.away.add(1);
    await world.settle({ direction: "activate", lvs: ["a"], partial: true });
    t.match(world.tables()[TOP], table);
  }
});

t.test("what it begins with is nothing, and the LV keeps its sectors", async (t) => {
  for (const [options, layer, stays] of [
    [{}, "cmeta", 8],
    [{ kind: "writecache" }, "wcstore", 8],
  ] as const) {
    const world = await linear();
    world.write("a", 5, "content");
    const disk = world.disks.bytes(pvPath(1));
    disk.fill(0xee);
    await world.update(toCache(world, options));
    const [line] = [world.tables()[`vg-a-${layer}`] ?? ""];
    const at = Number(line?.split(" ").at(-1));
    t.ok(at >= DATA_START, line);
    // The simulated kernel has written there since.
    t.notOk(disk.subarray(at * 512, (at + stays) * 512).includes(0xee), "its head is zeroed");
    t.equal(disk[(at + EXTENT) * 512], 0xee, "and nothing else");
    t.same(
      world.disks.bytes(pvPath(0)).toString("latin1", (DATA_START + 5) * 512, (DATA_START + 5) * 512 + 7),
      "content",
    );
  }
});

t.test("cut off anywhere: the LV has the cache, or has not", async (t) => {
  const plain = await linear();
  const flushing = await cached({ mode: "writeback" });
  await flushing.run("uncache", { name: "a" });
  const clean = await cached();
  const rows: readonly (readonly [VolumeWorld, string, Readonly<Record<string, unknown>>])[] = [
    [plain, "cache", { name: "a", extents: "2", pv: [pvId(1)], mode: "writeback" }],
    [plain, "cache", { name: "a", extents: "2", pv: [pvId(1)], kind: "writecache" }],
    [clean, "uncache", { name: "a" }],
    [clean, "uncache", { name: "a", drop: true }],
    [flushing, "uncache", { name: "a", finish: true }],
    [flushing, "uncache", { name: "a", abort: true }],
    [flushing, "remove-lv", { name: "a" }],
  ];
  for (const [world, verb, options] of rows)
    for (let steps = 0, isOver = false; !isOver; steps += STRIDE) {
      const cut = world.copy();
      const next = cut.manip(verb, options);
      cut.stepsLeft = steps;
      const activation = await cut.prepare(next).catch(() => undefined);
      if (activation) {
        cut.metadata = next;
        isOver = await cut.commit(activation).then(
          () => cut.stepsLeft > 0,
          () => false,
        );
      }
      cut.restart();
      const what = `${verb} ${JSON.stringify(options)} cut at ${steps}`;
      await cut.settle();
      t.same((await cut.settle()).summary, [], what);
      const model = new VolumeWorld({ extents: 128, content: false });
      model.metadata = cut.metadata;
      if (cut.metadata.lvs.length > 0) await model.activate("a");
      t.same(names(cut), names(model), what);
      t.notOk(
        cut.sim.devices.some(({ suspended, inactive }) => suspended || inactive),
        what,
      );
    }
});

t.test("what is refused, and what would do", async (t) => {
  const world = await cached();
  await world.run("create-lv", { name: "b", extents: "8", pv: [pvId(0)] });
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1, pv: [pvId(0), pvId(2)] });
  await world.run("snapshot", { origin: "b", name: "s", extents: "4", pv: [pvId(2)] });
  const onB = { name: "b", extents: "2", pv: [pvId(2)] };
  for (const [verb, options, code, message] of [
    [
      "cache",
      { ...onB, name: "a" },
      "UNSUPPORTED",
      /LV a is cached already: manip uncache --name a ends that/,
    ],
    ["cache", onB, "IN_USE", /LV b is used by s/],
    ["cache", { ...onB, name: "r" }, "UNSUPPORTED", /LV r is raid1: only linear and striped LVs are cached/],
    ["cache", { ...onB, name: "s" }, "UNSUPPORTED", /LV s is snapshot/],
    ["cache", { ...onB, pv: [] }, "USAGE", /name them with --pv/],
    ["cache", { ...onB, "chunk-size": "48k" }, "USAGE", /--chunk-size 48 KiB is no multiple of 32k/],
    ["cache", { ...onB, "chunk-size": "1M" }, "TOO_SMALL", /no room for a chunk of 1 MiB/],
    ["cache", { ...onB, set: ["speed=1"] }, "USAGE", /--set speed=1: it is NAME=NUMBER, and names are migr/],
    ["cache", { ...onB, set: ["migration_threshold=1", "migration_threshold=2"] }, "USAGE", /there twice/],
    ["cache", { ...onB, kind: "writecache", mode: "writeback" }, "USAGE", /--mode does not go with kind wr/],
    ["cache", { ...onB, kind: "writecache", set: ["low_watermark=101"] }, "USAGE", /is at most 100/],
    ["cache", { ...onB, extents: "200" }, "NO_SPACE", /the metadata of the cache of LV b|the cache of LV b/],
    ["uncache", { name: "b" }, "UNSUPPORTED", /LV b is linear: nothing caches it/],
    ["extend-lv", { name: "a", extents: "+1" }, "UNSUPPORTED", /uncache it first/],
    ["reduce-lv", { name: "a", extents: "-1" }, "UNSUPPORTED", /uncache it first/],
    ["move", { name: "a", from: pvId(0) }, "UNSUPPORTED", /LV a is cache/],
    ["snapshot", { origin: "a", name: "x", extents: "4" }, "UNSUPPORTED", /LV a is cache/],
  ] as const)
    t.throws(() => world.manip(verb, options), { code, message }, `${verb} ${JSON.stringify(options)}`);
  t.throws(
    () =>
      world.batch(
        { verb: "uncache", name: "a", drop: true },
        { verb: "cache", name: "a", extents: "2", pv: [pvId(2)] },
      ),
    { code: "IN_USE", message: /LV a is uncached in the same change/ },
  );
  await world.run("uncache", { name: "a", abort: true });
  t.match(world.told.at(-1), /LV a is not being uncached/);
});

t.test("logical blocks stay what they were", async (t) => {
  const world = new VolumeWorld({ extents: 128, blocks: { 1: 4096 } });
  await world.run("create-lv", { name: "a", extents: "8", pv: [pvId(0)] });
  for (const kind of ["cache", "writecache"])
    t.throws(() => world.manip("cache", { name: "a", extents: "2", pv: [pvId(1)], kind }), {
      code: "BLOCK_SIZE",
    });
  await world.run("create-lv", { name: "b", extents: "8", pv: [pvId(1)] });
  await world.run("cache", { name: "b", extents: "2", pv: [pvId(1)], kind: "writecache" });
  t.match(world.tables()["vg-b"], /^0 1024 writecache s \S+ \S+ 4096 0$/);
});
