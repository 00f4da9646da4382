/** Disks that were cut short: what lies on the part that is left comes up, and nothing else is put there. */
import t from "tap";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

/** PV 0 loses what lies behind its first 8 extents. */
async function cutWorld(): Promise<VolumeWorld> {
  const world = new VolumeWorld({ extents: 24 });
  await world.run("create-lv", { name: "inside", extents: "8", pv: [pvId(0)] });
  await world.run("create-lv", { name: "across", extents: "4", pv: [pvId(0)] });
  await world.run("extend-lv", { name: "inside", extents: "+2", pv: [pvId(1)] });
  await world.run("create-lv", { name: "safe", extents: "2", mirrors: 1, pv: [pvId(0), pvId(2)] });
  await world.run("create-lv", { name: "other", extents: "4", pv: [pvId(1)] });
  world.reboot();
  world.left[0] = 8;
  return world;
}

t.test("LVs that lie on what is left come up, others are incomplete", async (t) => {
  const world = await cutWorld();
  await t.rejects(world.activate(), {
    code: "INCOMPLETE",
    message:
      /^LV across needs PV 0+1, which was cut short: \/dev\/disk0 has 8 of its 24 extents; LV safe needs/,
  });
  t.same(Object.keys(world.tables()).sort(), ["vg-inside", "vg-other"]);
  // All extents but one of an LV are not all of it.
  world.reboot();
  world.left[0] = 7;
  await t.rejects(world.activate("inside"), { code: "INCOMPLETE" });
  await world.settle({ direction: "activate", partial: true, lvs: ["inside", "safe"] });
  t.match(world.tables()["vg-inside"], /^0 1024 error; 1024 256 linear \/dev\/disk1 /);
  t.match(world.tables()["vg-safe"], /raid raid1 .* - - @vg-safe-rmeta_1 @vg-safe-rimage_1$/);
  t.ok(world.dm().devices.find(({ name }) => name === "vg-inside")?.readOnly);
});

t.test("nothing new is put on it, not even on what is left", async (t) => {
  const world = await cutWorld();
  await world.run("remove-lv", { name: "inside" });
  const onIt = world.manip("create-lv", { name: "new", extents: "2", pv: [pvId(0)] });
  const written = Buffer.from(world.disks.bytes("/dev/disk0"));
  await t.rejects(world.update(onIt), {
    code: "INCOMPLETE",
    message: /was cut short.*: name others with --pv,/,
  });
  await t.rejects(world.update(onIt, { activate: false }), { code: "INCOMPLETE" });
  t.ok(written.equals(world.disks.bytes("/dev/disk0")), "not a byte was written");
  await world.run("create-lv", { name: "new", extents: "2", pv: [pvId(1)] });
  // Gone on without, it is passed over by itself, and the mirror runs on the other leg.
  await world.run("missing-pv", { pv: [pvId(0)] });
  await world.run("create-lv", { name: "more", extents: "24" });
  await world.settle({ direction: "activate", degraded: true, lvs: ["safe"] });
});

t.test("an LV that moves off it is copied from what is left", async (t) => {
  const world = await cutWorld();
  await world.activate("inside");
  const move = { name: "inside", from: pvId(0), to: [pvId(2)] };
  await t.rejects(world.run("move", move), {
    code: "INCOMPLETE",
    message: /or run manip missing-pv --pv 0+1 first$/,
  });
  await world.run("missing-pv", { pv: [pvId(0)] });
  await world.run("move", move);
  world.health("vg-inside", "AA");
  await world.run("move", { name: "inside", finish: true });
  t.match(world.tables()["vg-inside"], /disk2/);
});
