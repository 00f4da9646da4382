/** Raid that no kernel has run, and that lacks a leg by then: it comes up, wherever the way there was cut off. */
import t from "tap";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

const levels = {
  one: { mirrors: 1, pv: [pvId(0), pvId(1)] },
  four: { type: "raid4", stripes: 2 },
  five: { type: "raid5", stripes: 3 },
  six: { type: "raid6", stripes: 3 },
  ten: { type: "raid10", stripes: 2, mirrors: 1 },
} as const;

async function made(level: keyof typeof levels): Promise<VolumeWorld> {
  const world = new VolumeWorld({ pvs: level === "one" ? 2 : 5 });
  await world.run("create-lv", { name: "r", extents: "6", inactive: true, ...levels[level] });
  return world;
}

const degraded = { direction: "activate", lvs: ["r"], degraded: true } as const;
const isUp = (world: VolumeWorld) => "vg-r" in world.tables();
const health = (world: VolumeWorld) =>
  world
    .dm()
    .devices.find(({ name }) => name === "vg-r")
    ?.status?.[0]?.split(" ")[2];

for (const level of Object.keys(levels) as (keyof typeof levels)[])
  t.test(`${level}, without a leg from the beginning, cut off anywhere`, async (t) => {
    const start = await made(level);
    start.away.add(1);
    await start.run("missing-pv", { pv: pvId(1) });
    for (let steps = 0, isOver = false; !isOver; steps += 1) {
      const world = start.copy();
      world.stepsLeft = steps;
      try {
        await world.settle(degraded);
        isOver = true;
      } catch (thrown) {
        if (!world.crashed) throw thrown;
      }
      const whole = world.copy();
      world.reboot();
      await world.settle(degraded);
      t.ok(isUp(world), `after ${steps} steps`);
      // The kernel has seen nothing of it, or all.
      const { sim } = whole;
      whole.reboot();
      whole.away.clear();
      await whole.run("missing-pv", { pv: pvId(1), returned: true });
      await whole.activate("r");
      t.match(whole.tables()["vg-r"], /rebuild 1 /, "the leg that comes back is rebuilt");
      if (isOver) t.ok(sim.devices.length > 0);
    }
  });

t.test("as long as nobody has decided to go on without it, a leg is taken back", async (t) => {
  for (const level of ["one", "five", "six"] as const) {
    const world = await made(level);
    world.away.add(1);
    await world.settle({ direction: "activate", lvs: ["r"], partial: true });
    t.match(health(world), /^A+-|^A-A*/, `${level}: to look at`);
    world.reboot();
    world.away.clear();
    await world.activate("r");
    t.match(health(world), /^Aa/, `${level}: it gets what the others have`);
  }
});

t.test("a kernel refuses it as it was made", async (t) => {
  const world = await made("five");
  world.away.add(1);
  await world.run("missing-pv", { pv: pvId(1) });
  await world.settle(degraded);
  const lines = world.sim.devices.find(({ name }) => name === "vg-r")?.live?.lines ?? [];
  world.sim.devices = world.sim.devices.filter(({ name }) => name !== "vg-r");
  const dm = await world.sys().openDm();
  dm.create("again", "");
  dm.load("again", lines, { readOnly: false });
  for (const n of [0, 2, 3, 4]) world.disks.bytes(`/dev/disk${n}`).fill(0);
  t.throws(() => dm.load("again", lines, { readOnly: false }), /New device injected/);
});

t.test("whole it comes up as it always did, and nothing is written before", async (t) => {
  const world = await made("five");
  world.steps = [];
  await world.activate("r");
  t.notOk(world.steps.slice(0, world.steps.indexOf("dm")).some((step) => step.startsWith("write")));
  t.equal(health(world), "AAAA");
});
