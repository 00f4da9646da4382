/** Logical block sizes where LVs are live, and where a disk comes back with others. */
import t from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

const MIXED = { "allow-mixed-blocks": true };
/** PV 0 has blocks of 512 bytes, PVs 1 and 2 of 4096. */
const mixedWorld = (): VolumeWorld => new VolumeWorld({ extents: 24, blocks: { 1: 4096, 2: 4096 } });

t.test("a live LV keeps its block size, whatever manip was told", async (t) => {
  const world = mixedWorld();
  await world.run("create-lv", { name: "a", extents: "16", pv: [pvId(0)] });
  const before = world.tables();
  for (const [what, make] of [
    ["grown over both", () => world.manip("extend-lv", { name: "a", extents: "+16", ...MIXED })],
    ["moved", () => world.manip("move", { name: "a", from: pvId(0), to: [pvId(1)], ...MIXED })],
    ["of a PV with others", () => world.manip("pv-blocks", { pv: [pvId(0)], "block-size": "4k", ...MIXED })],
  ] as const) {
    const refusal = {
      code: "BLOCK_SIZE",
      message: /LV a has blocks of 512 bytes.*4096.*deactivate it first/,
    };
    await t.rejects(world.update(make()), refusal, what);
    await t.rejects(world.prepare(make(), { activate: false }), refusal, `${what}, told not to activate`);
    t.same(world.tables(), before);
  }
  await world.deactivate("a");
  await world.run("extend-lv", { name: "a", extents: "+16", ...MIXED });
  await world.activate("a");
  t.match(world.tables()["vg-a"], /disk0.*disk1/);
  t.throws(() => world.manip("reduce-lv", { name: "a", extents: "16" }), { code: "BLOCK_SIZE" });
  const cut = world.manip("reduce-lv", { name: "a", extents: "16", ...MIXED });
  await t.rejects(world.update(cut), {
    code: "BLOCK_SIZE",
    message: /4096 bytes and would get 512 while it is live/,
  });
  await world.deactivate("a");
  await world.update(cut);
});

t.test("a move to larger blocks begins while the LV is down, and ends while it is up", async (t) => {
  const world = mixedWorld();
  await world.run("create-lv", { name: "a", extents: "4", pv: [pvId(0)] });
  await world.deactivate("a");
  await world.run("move", { name: "a", from: pvId(0), to: [pvId(1)], ...MIXED });
  await world.activate("a");
  await t.rejects(world.run("move", { name: "a", abort: true, ...MIXED }), { code: "BLOCK_SIZE" });
  world.health("vg-a", "AA");
  await world.run("move", { name: "a", finish: true });
  t.match(world.tables()["vg-a"], /disk1/);
});

t.test("an earlier state with another block size comes back only when the LV is down", async (t) => {
  const world = mixedWorld();
  await world.run("create-lv", { name: "a", extents: "24", pv: [pvId(0)] });
  await world.deactivate("a");
  const earlier = world.metadata;
  await world.run("extend-lv", { name: "a", extents: "+4", ...MIXED });
  await world.activate("a");
  await t.rejects(world.update(earlier, { wipe: false }), { code: "BLOCK_SIZE", message: /4096.*512/ });
  await world.deactivate("a");
  await world.update(earlier, { wipe: false });
  await world.activate("a");
});

t.test("a disk that comes back with other blocks brings no LV up, and says what to do", async (t) => {
  const world = new VolumeWorld({ extents: 16 });
  await world.run("create-lv", { name: "a", extents: "4", pv: [pvId(0)] });
  await world.run("create-lv", { name: "b", extents: "4", pv: [pvId(1)] });
  world.reboot();
  world.blocks[0] = 4096;
  const { code, message } = toDvmError(await world.activate().catch((thrown: unknown) => thrown));
  t.equal(code, "INCOMPLETE");
  t.match(message, /^LV a needs PV 0+1, which has logical blocks of 512 bytes by its record.*disk0 has 4096/);
  t.same(Object.keys(world.tables()), ["vg-b"]);
  await t.rejects(world.settle({ direction: "activate", lvs: ["a"] }), { code: "INCOMPLETE" });
  await t.rejects(world.run("create-lv", { name: "c", extents: "4", pv: [pvId(0)] }), {
    code: "INCOMPLETE",
    message: /has logical blocks of 512 bytes by its record/,
  });

  const [, verb = "", ...options] =
    /\b(pv-blocks) --pv (\S+) --block-size (\S+) --allow-mixed-blocks$/.exec(message) ?? [];
  await world.run(verb, { pv: [options[0]], "block-size": options[1], ...MIXED });
  await world.activate();
  t.same(Object.keys(world.tables()).sort(), ["vg-a", "vg-b"]);
});
