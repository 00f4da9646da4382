/** settle: what is live is brought to agree with the metadata, LVs come up and go down. */
import t from "tap";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import { desireLv } from "../../../src/core/volactivate/desire.ts";
import { desiredState } from "../../../src/core/volactivate/desired.ts";
import { byPath, placesOf } from "../../../src/core/volactivate/places.ts";
import type { Lv, Metadata } from "../../../src/schema/index.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();

async function threeLvs(): Promise<VolumeWorld> {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3", pv: [pvId(0)] });
  await world.run("create-lv", { name: "b", extents: "3", pv: [pvId(1)] });
  await world.run("create-lv", { name: "r", extents: "3", mirrors: 1, pv: [pvId(0), pvId(1)] });
  await world.run("create-lv", { name: "by-hand", extents: "3", inactive: true, pv: [pvId(0)] });
  return world;
}

const R = ["vg-r", "vg-r-rimage_0", "vg-r-rimage_1", "vg-r-rmeta_0", "vg-r-rmeta_1"];

t.test("up and down, all or by name", async (t) => {
  const world = await threeLvs();
  t.same((await world.activate()).summary, [], "all that shall be up is");
  t.same((await world.deactivate("a", "r")).summary.length, 6);
  t.same(names(world), ["vg-b"]);
  await world.activate("r");
  t.same(names(world), ["vg-b", ...R]);
  await world.activate("by-hand");
  await world.activate();
  t.same(names(world), ["vg-a", "vg-b", "vg-by--hand", ...R]);
  await world.deactivate();
  t.same(names(world), []);
  t.same((await world.settle()).summary, [], "what is down stays down");
  await world.activate();
  t.same(names(world), ["vg-a", "vg-b", ...R]);
  await t.rejects(world.activate("nobody"), { code: "NOT_FOUND", status: 4 });
});

t.test("an LV that is named is all that is touched", async (t) => {
  const world = await threeLvs();
  for (const device of world.sim.devices) if (device.name === "vg-b") device.suspended = true;
  await world.deactivate("a");
  t.ok(world.sim.devices.find(({ name }) => name === "vg-b")?.suspended);
  await world.settle({ lvs: ["b"] });
  t.notOk(world.sim.devices.find(({ name }) => name === "vg-b")?.suspended);
});

t.test("what is open stays up, and says so", async (t) => {
  const world = await threeLvs();
  world.open("vg-a");
  const before = world.dm();
  await t.rejects(world.deactivate(), { code: "IN_USE", message: /vg-a/, status: 3 });
  t.same(world.dm(), before, "the others too: all or nothing");
});

t.test("a dry run shows the programs", async (t) => {
  const world = await threeLvs();
  world.restart();
  const { summary, programs } = await world.settle({ direction: "deactivate", dryRun: true });
  t.equal(summary.length, 7);
  t.equal(programs?.length, 1);
  t.same(world.steps, []);
  t.same(await world.settle({ dryRun: true }), { summary: [], programs: [] });
});

t.test("each LV by itself when devices are missing", async (t) => {
  const world = await threeLvs();
  world.reboot();
  world.away.add(1);
  await t.rejects(world.activate(), {
    code: "INCOMPLETE",
    message: `LV b needs PV ${pvId(1)}, which is missing; LV r needs PV ${pvId(1)}, which is missing`,
    details: { lvs: ["b", "r"] },
    output: { summary: ["create vg-a (192 KiB)"] },
  });
  t.same(names(world), ["vg-a"], "what is whole is up");
  await t.rejects(world.activate("b"), {
    code: "INCOMPLETE",
    message: /^LV b needs PV 0+2, which is missing$/,
  });
  t.same((await world.activate("a")).summary, []);
  t.same((await world.settle()).summary, [], "what is down lacks nothing");
});

t.test("in parts, read-only, and whole again later", async (t) => {
  const world = await threeLvs();
  world.reboot();
  world.away.add(1);
  await world.settle({ direction: "activate", partial: true });
  t.match(world.tables(), {
    "vg-a": /linear/,
    "vg-b": "0 384 error",
    "vg-r": /raid1 3 0 region_size 256 2 @vg-r-rmeta_0 @vg-r-rimage_0 - -$/,
  });
  const readOnly = () => world.sim.devices.filter((each) => each.readOnly).map(({ name }) => name);
  t.same(readOnly(), ["vg-b", "vg-r"]);
  await t.rejects(world.settle(), { code: "INCOMPLETE", message: /LV b .*LV r / });
  t.same(readOnly(), ["vg-b", "vg-r"], "and they stay as they are");
  world.away.delete(1);
  await world.settle();
  t.same(readOnly(), []);
  t.match(world.tables(), { "vg-b": /linear/, "vg-r": /@vg-r-rmeta_1 @vg-r-rimage_1$/ });
});

t.test("what is live is never made partial", async (t) => {
  const world = await threeLvs();
  const before = world.dm();
  world.away.add(1);
  t.same((await world.settle({ direction: "activate", partial: true })).summary, []);
  t.same((await world.settle()).summary, []);
  t.same(world.dm(), before);
});

t.test("degraded only once the legs that are away are marked stale", async (t) => {
  const world = await threeLvs();
  world.reboot();
  world.away.add(1);
  const degraded = { direction: "activate", lvs: ["r"], degraded: true } as const;
  await t.rejects(world.settle(degraded), {
    code: "INCOMPLETE",
    message: /LV r needs PV 0+2, which is missing$/,
  });
  t.same(names(world), []);
  await world.run("missing-pv", { pv: pvId(1) });
  await t.rejects(world.activate("r"), { code: "INCOMPLETE", message: /runs only degraded/ });
  t.same(names(world), []);
  await world.settle(degraded);
  t.match(world.tables()["vg-r"], / - -$/);
  t.notOk(world.sim.devices.find(({ name }) => name === "vg-r")?.readOnly, "it can be written");
  world.write("r", 0, "new");

  world.reboot();
  world.away.delete(1);
  await world.activate("r");
  t.match(world.tables()["vg-r"], / - -$/, "a leg that has come back takes no part by itself");
  t.same(world.read("r", 0), ["new"]);
  await world.run("missing-pv", { pv: pvId(1), returned: true });
  t.match(world.tables()["vg-r"], /raid1 5 0 rebuild 1 .*@vg-r-rmeta_1 @vg-r-rimage_1$/);
});

t.test("devices that the metadata does not have go first", async (t) => {
  const world = await threeLvs();
  // The removal of b failed, and c, which was made later, got its place.
  const c: Lv = { ...world.lv("b"), id: "cd".repeat(16), name: "c" };
  world.metadata = { ...world.metadata, lvs: [...world.metadata.lvs.filter(({ name }) => name !== "b"), c] };
  const open = world.copy();
  open.open("vg-b");
  await t.rejects(open.activate("c"), {
    code: "WOULD_LOSE_DATA",
    message: /vg-b is live on extent 0 .*LV c owns/,
  });
  await t.rejects(open.activate(), { code: "IN_USE", message: /vg-b/ });
  t.notOk("vg-c" in open.tables(), "never two LVs on one sector");

  await t.rejects(world.activate("c"), { code: "WOULD_LOSE_DATA" });
  const dry = await world.settle({ direction: "activate", dryRun: true });
  t.equal(dry.programs?.length, 2);
  await world.activate();
  t.ok("vg-c" in world.tables());
  t.notOk("vg-b" in world.tables());
});

t.test("parts without their LV are what a crash has left of taking it down", async (t) => {
  const world = await threeLvs();
  world.sim.devices.splice(
    world.sim.devices.findIndex(({ name }) => name === "vg-r"),
    1,
  );
  await world.settle();
  t.same(names(world), ["vg-a", "vg-b"]);
});

t.test("devices of others are left alone", async (t) => {
  const world = await threeLvs();
  const [a] = world.sim.devices;
  if (!a) throw new Error("no device");
  const strangers = [
    { ...a, name: "other-a", uuid: `DVM-${"cd".repeat(16)}${"ef".repeat(16)}`, minor: 31 },
    { ...a, name: "vg-x", uuid: "LVM-1234", minor: 32 },
    { ...a, name: "vg-y", uuid: "", minor: 33 },
  ];
  world.sim.devices.push(...strangers.map((each) => structuredClone(each)));
  await world.deactivate();
  t.same(names(world), ["other-a", "vg-x", "vg-y"]);
});

t.test("what a newer program made is left as it is", async (t) => {
  const world = await threeLvs();
  const b = world.lv("b");
  const odd = { ...b, segments: [{ type: "holographic", start: 0, length: 3 }] } as unknown as Lv;
  world.metadata = { ...world.metadata, lvs: world.metadata.lvs.map((lv) => (lv === b ? odd : lv)) };
  t.same((await world.settle()).summary, []);
  await world.deactivate("b");
  await t.rejects(world.activate("b"), {
    code: "UNSUPPORTED",
    message: /LV b has segments that a newer dvm made/,
  });
  await t.rejects(world.activate(), { code: "UNSUPPORTED" });
  const newer = { ...world.metadata, version: 2 } as unknown as Metadata;
  await t.rejects(world.settle({ metadata: newer }), { code: "UNSUPPORTED" });
});

t.test("a user-space reader finds on the disks what was written through device-mapper", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "s", extents: "6", stripes: 3, "stripe-size": "4k" });
  await world.run("create-lv", { name: "r", extents: "3", mirrors: 1 });
  for (const lv of ["s", "r"])
    for (let sector = 0; sector < 384; sector += 7) world.write(lv, sector, `${lv} ${sector}`);
  await world.deactivate();
  for (const lv of ["s", "r"]) {
    const { metadata } = world;
    const state = desiredState({
      metadata,
      discovery: world.discovery(),
      lvs: [lv],
      partial: false,
      paths: true,
    });
    const device = await openMapped(state, `vg-${lv}`, world.disks, { write: false });
    const buffer = Buffer.alloc(device.size);
    await device.read(0, buffer);
    for (let sector = 0; sector < 384; sector += 7)
      t.ok(
        buffer
          .subarray(sector * 512)
          .toString("latin1", 0, 12)
          .startsWith(`${lv} ${sector}`),
      );
    await device.close();
  }
});

t.test("the loaded table of a crash is not brought to life unless it is the right one", async (t) => {
  const world = await threeLvs();
  const next = world.manip("extend-lv", { name: "a", extents: "+2" });
  await world.prepare(next);
  const undone = world.copy();
  await undone.settle();
  t.match(undone.tables()["vg-a"], /^0 384 linear/);
  t.ok(undone.sim.devices.every(({ inactive }) => inactive === null));
  world.metadata = next;
  await world.settle();
  const places = placesOf(next, world.discovery(), byPath).of;
  const alone = { byId: new Map(), users: new Map() };
  const [desired] = desireLv(next.vg, world.lv("a"), alone, places, { partial: false });
  t.same(
    world
      .dm()
      .devices.find(({ name }) => name === "vg-a")
      ?.table?.map(({ params }) => params),
    desired?.table?.map(({ params }) => params),
  );
});
