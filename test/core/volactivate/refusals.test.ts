/** What prepare refuses, each in a situation in which data would be lost without it. */
import t, { type Test } from "tap";
import type { ErrorCode } from "../../../src/core/base/error.ts";
import { changedLvs } from "../../../src/core/volactivate/changed.ts";
import { byPath, placesOf } from "../../../src/core/volactivate/places.ts";
import { takenOf } from "../../../src/core/volactivate/taken.ts";
import { planWipes, wipe } from "../../../src/core/volactivate/wipe.ts";
import { legsOf, runsIn } from "../../../src/core/volume/model.ts";
import type { Lv, Metadata, RaidSegment } from "../../../src/schema/index.ts";
import { DATA_START, EXTENT, pvId, pvPath, VolumeWorld } from "../../lib/volume-world.ts";
import { superblockBytes } from "../dm/raid-superblock-bytes.ts";

const PRECIOUS = "precious";

/**
 * Refused as it should be, nothing is written or changed in device-mapper, and a change that is well goes on.
 */
async function refused(
  t: Test,
  world: VolumeWorld,
  next: Metadata,
  code: ErrorCode,
  message: RegExp,
  options: Parameters<VolumeWorld["prepare"]>[1] = {},
): Promise<void> {
  const before = world.dm();
  world.restart();
  await t.rejects(world.prepare(next, options), { code, message, status: 3 }, String(message));
  t.same(world.steps, [], "nothing was written or loaded");
  t.same(world.dm(), before, "device-mapper is as it was");
}

/** What would be if the metadata were committed all the same. */
async function without(world: VolumeWorld, next: Metadata): Promise<VolumeWorld> {
  const other = world.copy();
  other.metadata = next;
  // The commit would look once more.
  for (const { name } of other.sim.devices) other.health(name, "AA");
  await other.settle();
  await other.activate();
  return other;
}

/** What prepare would wipe if it refused nothing. */
async function wipeAsPlanned(world: VolumeWorld, next: Metadata): Promise<void> {
  const taken = takenOf(changedLvs(world.metadata, next));
  const places = placesOf(next, world.discovery(), byPath);
  await wipe(world.sys().disks, planWipes(next.vg, taken, true, places));
}

/** As a mutator of somebody else's could: the LV's record is replaced. */
const withLv = (metadata: Metadata, lv: Lv): Metadata => ({
  ...metadata,
  lvs: [...metadata.lvs.filter(({ id }) => id !== lv.id), lv],
});

const raid1Of = ({ segments: [first] }: Lv): RaidSegment => {
  if (first?.type !== "raid") throw new Error("no raid1");
  return first;
};

const withLegs = (world: VolumeWorld, name: string, legs: RaidSegment["legs"]): Metadata => {
  const lv = world.lv(name);
  return withLv(world.metadata, { ...lv, segments: [{ ...raid1Of(lv), legs }] });
};

/** One copy of a sector of a raid1 LV is not what the others are. */
function spoil(world: VolumeWorld, name: string, leg: number, sector: number): void {
  const [area] = raid1Of(world.lv(name)).legs[leg]?.image ?? [];
  if (area?.type !== "linear") throw new Error("no linear image");
  const path = pvPath(Number.parseInt(area.area.pv, 16) - 1);
  const at = (DATA_START + area.area.start * EXTENT + sector) * 512;
  world.disks.bytes(path).fill("garbage ", at, at + 512);
}

t.test("live tables that are not as the metadata has them", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "8" });
  world.write("a", 4 * EXTENT, PRECIOUS);
  // The commit of a reduction was cut off: the metadata has it, the live table has not.
  await world.prepare(world.manip("reduce-lv", { name: "a", extents: "4" }));
  world.metadata = world.manip("reduce-lv", { name: "a", extents: "4" });
  const next = world.manip("create-lv", { name: "b", extents: "60", pv: pvId(0) });
  t.match(world.lv("b", next).segments, [{ area: { pv: pvId(0), start: 4 } }], "b gets what a still maps");
  await refused(t, world, next, "TABLES_DIFFER", /reduce vg-a.*settle/);

  const other = world.copy();
  await wipeAsPlanned(other, next);
  t.same(other.read("a", 4 * EXTENT), [""], "without it, what somebody has in use would be wiped");

  await world.settle();
  await world.update(next);
  t.same(Object.keys(world.tables()).sort(), ["vg-a", "vg-b"]);
});

t.test("left-overs in device-mapper", async (t) => {
  const situations: [string, (world: VolumeWorld) => void, RegExp][] = [
    [
      "a device of an LV that the metadata does not have",
      (world) => {
        const [a] = world.sim.devices;
        if (a)
          world.sim.devices.push({
            ...structuredClone(a),
            name: "vg-z",
            uuid: `${a.uuid.slice(0, -4)}beef`,
            minor: 9,
          });
      },
      /remove vg-z/,
    ],
    [
      "one that is open too",
      (world) => {
        const [a] = world.sim.devices;
        if (a)
          world.sim.devices.push({
            ...structuredClone(a),
            name: "vg-z",
            uuid: `${a.uuid.slice(0, -4)}beef`,
            minor: 9,
            opened: 1,
          });
      },
      /vg-z .*open/,
    ],
    [
      "a suspended device",
      (world) => {
        for (const device of world.sim.devices) device.suspended = true;
      },
      /resume vg-a/,
    ],
    [
      "a loaded table",
      (world) => {
        for (const device of world.sim.devices) device.inactive = device.live;
      },
      /clear the loaded table of vg-a/,
    ],
    [
      "another name",
      (world) => {
        for (const device of world.sim.devices) device.name = "somebody-else";
      },
      /rename somebody-else/,
    ],
    [
      "read-only where it should not be",
      (world) => {
        for (const device of world.sim.devices) device.readOnly = true;
      },
      /vg-a/,
    ],
  ];
  for (const [name, spoilIt, message] of situations) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "a", extents: "4" });
    spoilIt(world);
    t.comment(name);
    await refused(t, world, world.manip("create-lv", { name: "b", extents: "4" }), "TABLES_DIFFER", message);
  }
});

t.test("an extent handed from one LV to another in one change", async (t) => {
  for (const live of [true, false]) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "a", extents: "4" });
    world.write("a", 0, PRECIOUS);
    if (!live) await world.deactivate();
    const a = world.lv("a");
    const next = { ...world.metadata, lvs: [{ ...a, id: "cd".repeat(16), name: "b" }] };
    await refused(t, world, next, "WOULD_LOSE_DATA", /LV b would get extent 0 .*LV a has/);

    const other = world.copy();
    await wipeAsPlanned(other, next);
    await other.activate();
    t.same(other.read("a", 0), [""], "without it, a change that is then given up would have wiped a");
  }
});

t.test("manip hands no extent on within one change, and says what is free", async (t) => {
  const world = new VolumeWorld({ pvs: 1, extents: 16 });
  await world.run("create-lv", { name: "a", extents: "10" });
  t.throws(
    () => world.batch({ verb: "remove-lv", name: "a" }, { verb: "create-lv", name: "b", extents: 8 }),
    { code: "NO_SPACE", message: /free: 6 on PV/ },
  );
  t.throws(
    () =>
      world.batch({ verb: "reduce-lv", name: "a", extents: 2 }, { verb: "create-lv", name: "b", extents: 8 }),
    { code: "NO_SPACE" },
  );
  await world.update(
    world.batch({ verb: "remove-lv", name: "a" }, { verb: "create-lv", name: "b", extents: 6 }),
  );
  t.match(world.lv("b").segments, [{ area: { start: 10 } }]);
  await world.run("create-lv", { name: "c", extents: "10" });
});

t.test("dropping a leg while another is not in sync", async (t) => {
  const rows: [health: string, kept: number, message: RegExp][] = [
    ["Aa", 1, /fewer copies, and leg 1 must be in sync for that: it is not in sync yet/],
    ["aA", 0, /leg 0 .*not in sync yet/],
    ["aa", 0, /leg 0 .*not in sync yet/],
    ["DA", 0, /leg 0 .*has failed/],
    ["AD", 1, /leg 1 .*has failed/],
    ["-A", 0, /leg 0 .*takes no part/],
  ];
  for (const [health, kept, message] of rows) {
    for (const to of ["linear", "raid1"]) {
      const world = new VolumeWorld({ pvs: 4 });
      await world.run("create-lv", { name: "r", extents: "4", mirrors: to === "linear" ? 1 : 2 });
      world.write("r", 9, PRECIOUS);
      const letters = to === "linear" ? health : `${health}A`;
      world.health("vg-r", letters);
      for (const [leg, letter] of [...letters].entries()) if (letter !== "A") spoil(world, "r", leg, 9);
      const { legs } = raid1Of(world.lv("r"));
      const leg = legs[kept];
      const last = legs[2];
      if (!leg) throw new Error("no leg");
      const next =
        to === "linear" || !last
          ? withLv(world.metadata, { ...world.lv("r"), segments: leg.image })
          : withLegs(world, "r", [leg, last]);
      await refused(t, world, next, "WOULD_LOSE_DATA", message);
      const lost = (await without(world, next)).read("r", 9);
      t.ok(
        lost.some((text) => text !== PRECIOUS),
        "without it, garbage would be read",
      );
    }
  }
});

t.test("the leg that is to be left alone fails after it was proven to be in sync", async (t) => {
  for (const [kept, then, verb] of [
    [0, "DA", "mirror"],
    [1, "AD", "mirror"],
    [1, "AD", "move"],
  ] as const) {
    const world = new VolumeWorld();
    const ofMirror = () => world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
    const ofMove = async () => {
      await world.run("create-lv", { name: "r", extents: "4", pv: [pvId(0)] });
      await world.run("move", { name: "r", from: pvId(0), to: pvId(1) });
      world.health("vg-r", "AA");
    };
    await (verb === "mirror" ? ofMirror() : ofMove());
    await world.run("create-lv", { name: "other", extents: "1" });
    const next =
      verb === "move"
        ? world.batch({ verb, name: "r", finish: true }, { verb: "extend-lv", name: "other", extents: "+1" })
        : withLv(world.manip("extend-lv", { name: "other", extents: "+1" }), {
            ...world.lv("r"),
            segments: raid1Of(world.lv("r")).legs[kept]?.image ?? [],
          });
    const before = world.tables()["vg-r"];
    const activation = await world.prepare(next);
    world.health("vg-r", then);
    world.write("r", 9, PRECIOUS);
    spoil(world, "r", kept, 9);
    world.metadata = next;
    const why = /^vg-r stays on all of its legs: the leg that was to be left alone is not in sync any more/;
    await t.rejects(world.commit(activation), { code: "NOT_ACTIVATED", message: why });
    const stays = (when: string) => {
      t.equal(world.tables()["vg-r"], before, `${when}: the raid1 stays`);
      t.ok(world.read("r", 9).includes(PRECIOUS), `${when}: with what was written meanwhile`);
      for (const { name, suspended, inactive } of world.dm().devices)
        if (name.startsWith("vg-r")) t.same([suspended, inactive], [false, null], `${when}: ${name}`);
      t.match(world.tables()["vg-other"], /^0 256 linear/, `${when}: the other LV has gone on`);
    };
    stays("after the commit");
    await t.rejects(world.settle(), { code: "PROGRAM_FAILED", message: why });
    stays("after settle");
    world.health("vg-r", "AA");
    await world.settle();
    t.match(world.tables()["vg-r"], /^0 512 linear/, "once the leg is in sync again, the rest is done");
  }
});

t.test("the leg that is to go fails after the other was proven to be in sync", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
  const next = world.manip("mirror", { name: "r", mirrors: 0 });
  const activation = await world.prepare(next);
  const gone = raid1Of(world.lv("r")).legs.findIndex(
    ({ image }) => JSON.stringify(image) !== JSON.stringify(world.lv("r", next).segments),
  );
  world.health("vg-r", gone === 0 ? "DA" : "AD");
  world.metadata = next;
  await world.commit(activation);
  t.match(world.tables(), { "vg-r": /^0 512 linear/ }, "that is no reason to keep it");
});

t.test("dropping a leg that is not in sync is no loss", async (t) => {
  for (const health of ["Aa", "AD", "A-", "AA"]) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
    world.write("r", 9, PRECIOUS);
    world.health("vg-r", health);
    spoil(world, "r", 1, 9);
    const [first] = raid1Of(world.lv("r")).legs;
    await world.update(withLv(world.metadata, { ...world.lv("r"), segments: first?.image ?? [] }));
    t.same(world.read("r", 9), [PRECIOUS], health);
    t.same(Object.keys(world.tables()), ["vg-r"]);
  }
});

t.test("dropping a leg of an LV that is not live", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
  await world.deactivate();
  const next = world.manip("mirror", { name: "r", mirrors: 0 });
  await refused(
    t,
    world,
    next,
    "WOULD_LOSE_DATA",
    /only the status of a live LV tells, so activate it first/,
  );
  await world.activate();
  await world.update(next);
  t.same(Object.keys(world.tables()), ["vg-r"]);
});

t.test("what superblocks tell counts only where live status cannot be had", async (t) => {
  const start = async (mirrors: number, ...live: string[]): Promise<VolumeWorld> => {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "r", extents: "4", mirrors });
    for (const letters of live) world.health("vg-r", letters);
    world.reboot();
    return world;
  };
  const dropped = await start(1);
  dropped.away.add(1);
  await refused(
    t,
    dropped,
    dropped.manip("mirror", { name: "r", mirrors: 0 }),
    "WOULD_LOSE_DATA",
    /activate it first/,
  );
  const present = await start(1);
  await refused(
    t,
    present,
    present.manip("missing-pv", { pv: pvId(1) }),
    "WOULD_LOSE_DATA",
    /activate it first/,
  );
  const rebuilt = await start(1);
  rebuilt.metadata = withLegs(
    rebuilt,
    "r",
    raid1Of(rebuilt.lv("r")).legs.map((leg, index) =>
      index === 1 ? { ...leg, state: "rebuild" as const } : leg,
    ),
  );
  rebuilt.away.add(0);
  const swapped = raid1Of(rebuilt.lv("r")).legs.map((leg, index) => ({
    ...leg,
    state: index === 0 ? ("stale" as const) : ("current" as const),
  }));
  await refused(t, rebuilt, withLegs(rebuilt, "r", swapped), "WOULD_LOSE_DATA", /activate it first/);

  // A leg that is stale is no witness, however new it says it is.
  const three = await start(2);
  three.metadata = withLegs(
    three,
    "r",
    raid1Of(three.lv("r")).legs.map((leg, index) =>
      index === 1 ? { ...leg, state: "stale" as const } : leg,
    ),
  );
  for (const [leg, events] of [
    [0, 7],
    [1, 9],
  ] as const) {
    const [meta] = raid1Of(three.lv("r")).legs[leg]?.meta ?? [];
    if (meta?.type !== "linear") throw new Error("no meta");
    const at = (DATA_START + meta.area.start * EXTENT) * 512;
    three.disks
      .bytes(pvPath(Number.parseInt(meta.area.pv, 16) - 1))
      .set(superblockBytes({ position: leg, events, failed: leg === 1 ? [0] : [] }), at);
  }
  const [, , last] = raid1Of(three.lv("r")).legs;
  const [meta] = last?.meta ?? [];
  if (meta?.type !== "linear") throw new Error("no meta");
  three.away.add(Number.parseInt(meta.area.pv, 16) - 1);
  await three.update(three.manip("missing-pv", { pv: meta.area.pv }));
  t.same(
    raid1Of(three.lv("r")).legs.map(({ state }) => state),
    ["current", "stale", "stale"],
  );
});

t.test("raid metadata given to another leg", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
  const [first, second] = raid1Of(world.lv("r")).legs;
  if (!first || !second) throw new Error("no legs");
  const next = withLegs(world, "r", [
    { ...first, meta: second.meta },
    { ...second, meta: first.meta },
  ]);
  await refused(
    t,
    world,
    next,
    "WOULD_LOSE_DATA",
    /LV r would get extent 0 .*which it uses for something else/,
  );
});

t.test("ending a move before it is complete", async (t) => {
  for (const live of [true, false]) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "a", extents: "4" });
    world.write("a", 3, PRECIOUS);
    await world.run("move", { name: "a", from: pvId(0), to: pvId(1) });
    spoil(world, "a", 1, 3);
    world.health("vg-a", "Aa");
    if (!live) await world.deactivate();
    const next = world.manip("move", { name: "a", finish: true });
    await refused(
      t,
      world,
      next,
      "WOULD_LOSE_DATA",
      live
        ? /leg 1 of LV a may be read only once it has been rebuilt: it is not in sync yet/
        : /activate it first/,
    );
    t.not((await without(world, next)).read("a", 3)[0], PRECIOUS, "without it, garbage would be read");

    if (!live) await world.activate();
    world.health("vg-a", "AA");
    await world.update(next);
    t.match(world.tables(), { "vg-a": /^0 512 linear \/dev\/disk1 \d+$/ });
  }
});

t.test("a move can be given up at any time", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "4" });
  world.write("a", 3, PRECIOUS);
  const before = world.tables();
  await world.run("move", { name: "a", from: pvId(0), to: pvId(1) });
  world.health("vg-a", "Aa");
  await world.run("move", { name: "a", abort: true });
  t.same(world.tables(), before);
  t.same(world.read("a", 3), [PRECIOUS]);
});

t.test("a copy that is read before it is written", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "4" });
  world.write("a", 3, PRECIOUS);
  const mirrored = world.manip("mirror", { name: "a", mirrors: 1 });
  const lv = world.lv("a", mirrored);
  const legs = raid1Of(lv).legs.map((leg) => ({ ...leg, state: "current" as const }));
  const next = withLv(mirrored, { ...lv, segments: [{ ...raid1Of(lv), legs }] });
  await refused(
    t,
    world,
    next,
    "WOULD_LOSE_DATA",
    /extent 0 of leg 1 of LV a .*must be marked for rebuilding/,
  );
  t.same(
    (await without(world, next)).read("a", 3),
    [PRECIOUS, ""],
    "without it, the second copy would be empty",
  );

  await world.update(mirrored);
  t.match(world.tables(), { "vg-a": / rebuild 1 / });
  world.health("vg-a", "Aa");
  const synced = world.manip("mirror", { name: "a", synced: true });
  await refused(
    t,
    world,
    synced,
    "WOULD_LOSE_DATA",
    /leg 1 of LV a may be read only once it has been rebuilt/,
  );
  world.health("vg-a", "AA");
  await world.update(synced);
});

t.test("a leg that missed writes is read again", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
  world.away.add(1);
  await world.run("missing-pv", { pv: pvId(1) });
  world.write("r", 3, PRECIOUS);
  world.away.delete(1);
  const legs = raid1Of(world.lv("r")).legs.map((leg) => ({ ...leg, state: "current" as const }));
  const next = withLegs(world, "r", legs);
  await refused(t, world, next, "WOULD_LOSE_DATA", /leg 1 of LV r was stale: it has to be rebuilt/);
  t.same((await without(world, next)).read("r", 3), [PRECIOUS, ""], "without it, old data would be read");
});

t.test("an LV moved by pen and paper", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "4" });
  await world.run("create-lv", { name: "s", extents: "6", stripes: 2, "stripe-size": "16k" });
  world.write("a", 3 * EXTENT, PRECIOUS);
  const a = world.lv("a");
  const s = world.lv("s");
  const [stripes] = s.segments;
  if (stripes?.type !== "striped") throw new Error("no stripes");
  const rows: [string, Lv, RegExp][] = [
    [
      "elsewhere",
      { ...a, segments: [{ type: "linear", start: 0, length: 4, area: { pv: pvId(2), start: 20 } }] },
      /extent 0 of LV a would lie where nothing of it has been/,
    ],
    [
      "its last extent elsewhere",
      {
        ...a,
        segments: [
          { type: "linear", start: 0, length: 3, area: { pv: pvId(0), start: 0 } },
          { type: "linear", start: 3, length: 1, area: { pv: pvId(2), start: 20 } },
        ],
      },
      /extent 3 of LV a/,
    ],
    [
      "its own extents in another order",
      {
        ...a,
        segments: [
          { type: "linear", start: 0, length: 2, area: { pv: pvId(0), start: 2 } },
          { type: "linear", start: 2, length: 2, area: { pv: pvId(0), start: 0 } },
        ],
      },
      /LV a would get extent 2 .*which it uses for something else/,
    ],
    ["another stripe size", { ...s, segments: [{ ...stripes, stripeSize: 64 }] }, /LV s/],
    [
      "stripes in another order",
      { ...s, segments: [{ ...stripes, areas: [...stripes.areas].reverse() }] },
      /LV s/,
    ],
  ];
  for (const [name, lv, message] of rows) {
    t.comment(name);
    await refused(t, world, withLv(world.metadata, lv), "WOULD_LOSE_DATA", message);
  }
});

t.test("the same place, written down otherwise, is no move", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "4" });
  await world.run("create-lv", { name: "s", extents: "8", stripes: 2, "stripe-size": "16k" });
  const [whole] = world.lv("s").segments;
  if (whole?.type !== "striped") throw new Error("no stripes");
  const area = { pv: pvId(0), start: 0 };
  world.write("a", 3 * EXTENT, PRECIOUS);
  world.write("s", 7 * EXTENT, PRECIOUS);
  await world.update({
    ...world.metadata,
    lvs: [
      {
        ...world.lv("a"),
        segments: [
          { type: "linear", start: 0, length: 1, area },
          { type: "linear", start: 1, length: 3, area: { ...area, start: 1 } },
        ],
      },
      {
        ...world.lv("s"),
        segments: [
          { ...whole, length: 4 },
          {
            ...whole,
            start: 4,
            length: 4,
            areas: whole.areas.map(({ pv, start }) => ({ pv, start: start + 2 })),
          },
        ],
      },
    ],
  });
  t.same(world.read("a", 3 * EXTENT), [PRECIOUS]);
  t.same(world.read("s", 7 * EXTENT), [PRECIOUS]);
});

t.test("an earlier state whose extents now belong to another LV", async (t) => {
  const world = new VolumeWorld({ pvs: 1 });
  await world.run("create-lv", { name: "a", extents: "4" });
  const then = world.metadata;
  await world.run("remove-lv", { name: "a" });
  const between = world.metadata;
  await world.run("create-lv", { name: "b", extents: "100%FREE" });
  world.write("b", 1, PRECIOUS);
  const restore = { wipe: false } as const;
  await refused(t, world, then, "WOULD_LOSE_DATA", /LV a would get extent 0 .*which LV b has/, restore);
  const both = { ...then, lvs: [...then.lvs, ...world.metadata.lvs] };
  await t.rejects(world.prepare(both, restore), { code: "BAD_INPUT", message: /both use extent 0/ });
  t.same(world.read("b", 1), [PRECIOUS]);
  await world.update(between, restore);
  t.same(world.tables(), {});
  await world.update(then, restore);
  t.same(Object.keys(world.tables()), ["vg-a"]);
});

t.test("an LV that comes back keeps what is on the disk, when it is to be so", async (t) => {
  for (const wiped of [false, true]) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
    const then = world.metadata;
    world.write("r", 1, PRECIOUS);
    await world.run("remove-lv", { name: "r" });
    await world.update(then, { wipe: wiped });
    t.same(world.read("r", 1), wiped ? ["", ""] : [PRECIOUS, PRECIOUS]);
  }
});

t.test("a live table that would have to change while nothing may", async (t) => {
  const quiet = { activate: false } as const;
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "8" });
  await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
  world.write("a", 7 * EXTENT, PRECIOUS);
  const rows: [string, Record<string, unknown>, RegExp][] = [
    ["extend-lv", { name: "a", extents: "+1" }, /extend vg-a/],
    ["reduce-lv", { name: "a", extents: "4" }, /reduce vg-a/],
    ["remove-lv", { name: "a" }, /remove vg-a/],
    ["rename-lv", { name: "a", to: "b" }, /rename vg-a to vg-b/],
    ["rename-vg", { to: "other" }, /rename vg-a to other-a/],
    ["mirror", { name: "r", mirrors: 0 }, /vg-r/],
  ];
  for (const [verb, options, message] of rows)
    await refused(t, world, world.manip(verb, options), "IN_USE", message, quiet);

  const other = world.copy();
  other.metadata = other.manip("reduce-lv", { name: "a", extents: "4" });
  const b = other.manip("create-lv", { name: "b", extents: "4", pv: [pvId(0)] });
  await t.rejects(other.prepare(b, quiet), { code: "TABLES_DIFFER" }, "without it, a would go on under b");

  await world.update(world.manip("tag", { lv: ["a"], add: ["x"] }), quiet);
  await world.update(world.manip("create-lv", { name: "c", extents: "4" }), quiet);
  t.notOk("vg-c" in world.tables(), "what is new stays down");
  await world.deactivate();
  await world.update(world.manip("extend-lv", { name: "a", extents: "+1" }), quiet);
  t.same(world.tables(), {});
});

t.test("another extent size", async (t) => {
  const world = new VolumeWorld();
  const resized = (metadata: Metadata): Metadata => ({
    ...metadata,
    vg: { ...metadata.vg, extentSize: EXTENT / 2 },
  });
  await world.update(resized(world.metadata));
  await world.update({ ...world.metadata, vg: { ...world.metadata.vg, extentSize: EXTENT } });
  await world.run("create-lv", { name: "a", extents: "4" });
  await refused(t, world, resized(world.metadata), "WOULD_LOSE_DATA", /extent size/);
});

t.test("metadata that contradicts itself or belongs elsewhere", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "4" });
  const { metadata } = world;
  const a = world.lv("a");
  const rows: [string, Metadata, RegExp][] = [
    [
      "two LVs on one extent",
      { ...metadata, lvs: [a, { ...a, id: "cd".repeat(16), name: "b" }] },
      /both use/,
    ],
    [
      "an LV beyond its PV",
      withLv(metadata, {
        ...a,
        segments: [{ type: "linear", start: 0, length: 90, area: { pv: pvId(0), start: 0 } }],
      }),
      /beyond its end/,
    ],
    ["a PV that is away", { ...metadata, pvs: metadata.pvs.slice(1) }, /not in the VG/],
    ["another VG", { ...metadata, vg: { ...metadata.vg, id: "cd".repeat(16) } }, /is of VG/],
  ];
  for (const [name, next, message] of rows) {
    await t.rejects(world.prepare(next), { code: "BAD_INPUT", message, status: 2 }, name);
    await t.rejects(world.settle({ metadata: next }), { code: "BAD_INPUT" }, `settle: ${name}`);
  }
});

t.test("a degraded start: legs are left behind only when those that stay are good", async (t) => {
  const rows: [string, [first: Parameters<typeof superblockBytes>[0] | null, second: boolean], boolean][] = [
    ["never run by a kernel", [null, true], true],
    ["in sync when it was last seen", [{ position: 0, events: 7 }, true], true],
    ["called failed by itself", [{ position: 0, events: 7, failed: [0] }, true], false],
    ["only half rebuilt", [{ position: 0, events: 7, recoveryOffset: 64n }, true], false],
  ];
  for (const [name, [superblock], accepted] of rows) {
    const world = new VolumeWorld();
    await world.run("create-lv", { name: "r", extents: "4", mirrors: 1 });
    world.write("r", 3, PRECIOUS);
    const [meta] = raid1Of(world.lv("r")).legs[0]?.meta ?? [];
    if (superblock && meta?.type === "linear")
      world.disks
        .bytes(pvPath(0))
        .set(superblockBytes(superblock), (DATA_START + meta.area.start * EXTENT) * 512);
    world.reboot();
    world.away.add(1);
    await t.rejects(world.activate("r"), {
      code: "INCOMPLETE",
      message: /LV r needs PV 0+2, which is missing/,
    });
    const next = world.manip("missing-pv", { pv: pvId(1) });
    if (!accepted) {
      await refused(t, world, next, "WOULD_LOSE_DATA", /leg 0 must be in sync for that: its superblock/);
      continue;
    }
    await world.update(next);
    await t.rejects(world.activate("r"), { code: "INCOMPLETE", message: /runs only degraded/ });
    await world.settle({ direction: "activate", lvs: ["r"], degraded: true });
    t.match(
      world.tables(),
      { "vg-r": /raid1 3 0 region_size 512 2 @vg-r-rmeta_0 @vg-r-rimage_0 - -$/ },
      name,
    );
    t.same(world.read("r", 3), [PRECIOUS], name);
  }
});

t.test("a sound leg keeps its place", async (t) => {
  for (const options of [{ type: "raid5", stripes: 2 }, { mirrors: 1 }]) {
    const start = new VolumeWorld({ pvs: 5 });
    await start.run("create-lv", { name: "r", extents: "4", ...options });
    const letters = "mirrors" in options ? "A" : "AA";
    await t.rejects(start.run("repair", { name: "r", leg: 1 }), {
      code: "WOULD_LOSE_DATA",
      message:
        /leg 1 of LV r is sound, .* dvm move vg\/r --from PV .* dvm leg-state vg --leg r\/1 --state stale/,
    });
    const failed = start.copy();
    failed.health("vg-r", `${letters.replace("A", "AD")}`);
    await failed.run("repair", { name: "r", leg: 1 });
    t.match(
      failed.lv("r").segments[0],
      { legs: { 1: { state: "rebuild" } } },
      "one that has failed does not",
    );

    const moved = start.copy();
    const [, leg] = legsOf(moved.lv("r"));
    await moved.run("move", { name: "r", from: runsIn(leg?.image ?? [])[0]?.pv ?? "" });
    t.equal(moved.lv("r").work, "move");
    await start.run("leg-state", { leg: ["r/1"], state: "stale" });
    await start.run("repair", { name: "r" });
    t.match(start.lv("r").segments[0], { legs: { 1: { state: "rebuild" } } }, "nor one that is not trusted");
  }
});
