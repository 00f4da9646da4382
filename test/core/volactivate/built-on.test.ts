/** LVs that are built on others come up behind them and go before them, whatever was named. */
import t from "tap";
import { understandLayers, withLayer } from "../../lib/layer-type.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

understandLayers();

const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();

/** c is built on a, d on c and b; e is for itself. */
async function stack(): Promise<VolumeWorld> {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3", pv: [pvId(0)] });
  await world.run("create-lv", { name: "b", extents: "3", inactive: true, pv: [pvId(1)] });
  await world.run("create-lv", { name: "e", extents: "3", pv: [pvId(0)] });
  await world.update(withLayer(world.metadata, "c", ["a"]));
  await world.update(withLayer(world.metadata, "d", ["c", "b"]));
  return world;
}

const ALL = ["vg-a", "vg-b", "vg-c", "vg-d", "vg-e"];

t.test("a new one brings up what it is built on", async (t) => {
  const world = await stack();
  t.same(names(world), ALL, "b too, which was down");
  world.write("d", 7, "seven");
  t.same(world.read("a", 7), ["seven"], "d is c, which is a");
});

t.test("up and down, by name", async (t) => {
  const world = await stack();
  await world.deactivate();
  t.same(names(world), []);
  const { summary } = await world.activate("d");
  const order = summary.map((line) => /vg-\w/.exec(line)?.[0]);
  t.same(order.toSorted(), ["vg-a", "vg-b", "vg-c", "vg-d"]);
  for (const [below, above] of [
    ["vg-a", "vg-c"],
    ["vg-c", "vg-d"],
    ["vg-b", "vg-d"],
  ])
    t.ok(order.indexOf(below) < order.indexOf(above), `${below} before ${above}`);
  t.same(names(world), ["vg-a", "vg-b", "vg-c", "vg-d"]);
  await t.rejects(world.deactivate("a"), {
    code: "IN_USE",
    status: 3,
    message: "LV a is used by LV c, which is live: deactivate that, too",
  });
  await t.rejects(world.deactivate("a", "c"), { code: "IN_USE", message: /LV c is used by LV d/ });
  await world.deactivate("d");
  t.same(names(world), ["vg-a", "vg-b", "vg-c"], "what it was built on stays");
  await world.deactivate("a", "c");
  t.same(names(world), ["vg-b"]);
  await world.activate();
  t.same(names(world), ALL, "b for d's sake");
});

t.test("what cannot be up lets nothing up that is built on it", async (t) => {
  const world = await stack();
  world.reboot();
  world.away.add(1);
  await t.rejects(world.activate(), {
    code: "INCOMPLETE",
    message:
      `LV b needs PV ${pvId(1)}, which is missing; LV d is built on LV b, which needs PV ` +
      `${pvId(1)}, which is missing`,
  });
  t.same(names(world), ["vg-a", "vg-c", "vg-e"]);
  await world.settle({ direction: "activate", partial: true });
  const readOnly = world.dm().devices.flatMap(({ name, readOnly }) => (readOnly ? [name] : []));
  t.same(readOnly.sort(), ["vg-b", "vg-d"], "partial: read-only, both");
});

t.test("names change below and above, live", async (t) => {
  const world = await stack();
  await world.run("rename-lv", { name: "a", to: "x" });
  t.same((await world.settle()).summary, [], "nothing is left to do");
  world.write("d", 5, "five");
  t.same(world.read("x", 5), ["five"]);
  await world.run("rename-lv", { name: "d", to: "y" });
  t.same(names(world), ["vg-b", "vg-c", "vg-e", "vg-x", "vg-y"]);
  await world.run("extend-lv", { name: "x", extents: "+2" });
  t.match(world.tables()["vg-x"], /384 256 linear/);
  t.same((await world.settle()).summary, []);
});

t.test("removed live, the upper one first", async (t) => {
  const world = await stack();
  t.throws(() => world.manip("remove-lv", { name: "c" }), { code: "IN_USE", message: /LV c is used by d/ });
  await world.update(world.batch({ verb: "remove-lv", name: "d" }, { verb: "remove-lv", name: "c" }));
  t.same(names(world), ["vg-a", "vg-b", "vg-e"]);
});
