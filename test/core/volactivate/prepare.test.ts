/** What prepare does of a change, what it leaves to commit, and what it wipes. */
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import type { Discovery } from "../../../src/schema/index.ts";
import { DATA_START, EXTENT, pvId, pvPath, VolumeWorld } from "../../lib/volume-world.ts";

const names = (world: VolumeWorld): string[] => Object.keys(world.tables()).sort();

t.test("which LVs a change brings up or down", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "up", extents: "2" });
  await world.run("create-lv", { name: "down", extents: "2" });
  await world.run("create-lv", { name: "gone", extents: "2" });
  await world.run("create-lv", { name: "by-hand", extents: "2", inactive: true });
  await world.deactivate("down");
  t.same(names(world), ["vg-gone", "vg-up"]);
  await world.update(
    world.batch(
      { verb: "remove-lv", name: "gone" },
      { verb: "extend-lv", name: "down", extents: "+1" },
      { verb: "extend-lv", name: "by-hand", extents: "+1" },
      { verb: "rename-lv", name: "up", to: "other" },
      { verb: "create-lv", name: "fresh", extents: "1" },
      { verb: "create-lv", name: "later", extents: "1", inactive: true },
    ),
  );
  t.same(names(world), ["vg-fresh", "vg-other"]);
  await world.activate("by-hand");
  await world.run("extend-lv", { name: "by-hand", extents: "+1" });
  t.match(world.tables(), { "vg-by--hand": /; 384 128 linear/ }, "what was brought up by hand stays up");
});

t.test("until the commit nothing is seen, and abort leaves no trace", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "2" });
  await world.run("create-lv", { name: "r", extents: "2", mirrors: 1 });
  const before = world.dm();
  const next = world.batch(
    { verb: "extend-lv", name: "a", extents: "+3" },
    { verb: "extend-lv", name: "r", extents: "+3" },
    { verb: "create-lv", name: "fresh", extents: "1" },
  );
  const activation = await world.prepare(next);
  const tables = world.tables();
  t.equal(tables["vg-a"], "0 256 linear /dev/disk0 64");
  t.match(tables["vg-r"], /^0 256 raid/);
  t.equal(tables["vg-fresh"], "", "there, with nothing live in it");
  t.match(activation.summary, ["extend vg-a from 128 KiB to 320 KiB"]);
  const aborted = world.copy();
  await aborted.abort(activation);
  t.same(essence(aborted), essenceOf(before));
  world.metadata = next;
  await world.commit(activation);
  t.match(world.tables(), { "vg-a": /; 256 384 linear/, "vg-r": /^0 640 raid/, "vg-fresh": /^0 128 linear/ });
});

const essenceOf = ({ devices }: ReturnType<VolumeWorld["dm"]>) =>
  devices.map(({ name, table, inactive, suspended }) => ({ name, table, inactive, suspended }));
const essence = (world: VolumeWorld) => essenceOf(world.dm());

t.test("a dry run shows all of it and does none of it", async (t) => {
  const world = new VolumeWorld();
  const next = world.manip("create-lv", { name: "a", extents: "2" });
  const plan = await world.prepare(next, { dryRun: true });
  t.same(world.steps, []);
  t.same(plan.summary, ["create vg-a (128 KiB)"]);
  const loaded = plan.prepare?.instructions.flatMap((each) => (each.op === "load" ? [each] : []));
  t.match(loaded, [{ name: "vg-a", table: [{ start: 0, length: 256, type: "linear" }] }]);
  t.same(plan.wipes, [{ path: pvPath(0), offset: DATA_START, length: 2 * EXTENT }]);
});

t.test("wiping", async (t) => {
  const dirty = (world: VolumeWorld) => {
    for (let n = 0; n < world.count; n += 1) world.disks.bytes(pvPath(n)).fill(0xee);
  };
  /** Sectors that are zero, as PV:first+count in sectors of the data area. */
  const zeroed = (world: VolumeWorld): string[] => {
    const ranges: string[] = [];
    for (let n = 0; n < world.count; n += 1) {
      const bytes = world.disks.bytes(pvPath(n));
      let first: number | undefined;
      for (let sector = 0; sector <= bytes.length / 512; sector += 1) {
        const zero = bytes[sector * 512] === 0 && bytes[sector * 512 + 511] === 0;
        if (zero && first === undefined) first = sector;
        if (!zero && first !== undefined) {
          ranges.push(`${n}:${first - DATA_START}+${sector - first}`);
          first = undefined;
        }
      }
    }
    return ranges;
  };

  const rows: [string, Record<string, unknown>, string[]][] = [
    ["a short LV is wiped whole", { extents: "3" }, ["0:0+384"]],
    ["of a long one its beginning and its end", { extents: "10" }, ["0:0+256", "0:1024+256"]],
    [
      "of stripes the beginning and end of each",
      { extents: "18", stripes: 3, "stripe-size": "16k" },
      ["0:0+256", "0:512+256", "1:0+256", "1:512+256", "2:0+256", "2:512+256"],
    ],
    [
      "of copies each, and all of raid's metadata",
      { extents: "10", mirrors: 1 },
      ["0:0+528", "0:640+256", "0:1664+256", "1:0+528", "1:640+256", "1:1664+256"],
    ],
    ["nothing else, when it is activated later", { extents: "3", inactive: true }, ["0:0+384"]],
  ];
  for (const [name, options, expected] of rows) {
    const world = new VolumeWorld();
    dirty(world);
    const next = world.manip("create-lv", { name: "a", ...options });
    world.restart();
    await world.prepare(next);
    t.same(zeroed(world), expected, name);
    const lastWrite = world.steps.findLastIndex((step) => step.startsWith("write"));
    const lastFlush = world.steps.findLastIndex((step) => step.startsWith("flush"));
    const firstDm = world.steps.indexOf("dm");
    t.ok(
      lastWrite < lastFlush && (firstDm === -1 || lastFlush < firstDm),
      "flushed before anything is loaded",
    );
  }

  const pieces = new VolumeWorld({ pvs: 1 });
  await pieces.update(
    pieces.batch(
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => ({ verb: "create-lv", name: `x${n}`, extents: 1 })),
    ),
  );
  await pieces.update(
    pieces.batch(...[0, 2, 4, 6, 8, 10].map((n) => ({ verb: "remove-lv", name: `x${n}` }))),
  );
  await pieces.run("create-lv", { name: "y", extents: "54", policy: "contiguous" });
  dirty(pieces);
  await pieces.run("create-lv", { name: "a", extents: "5" });
  t.match(pieces.lv("a").segments, { length: 5 });
  t.same(zeroed(pieces), ["0:0+128", "0:256+128", "0:768+128", "0:1024+128"], "in pieces, each near an end");

  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "10" });
  dirty(world);
  await world.run("extend-lv", { name: "a", extents: "+4" });
  t.same(zeroed(world), [], "what is added to an LV is left alone");
  await world.run("mirror", { name: "a", mirrors: 1 });
  t.same(
    zeroed(world),
    [`0:${14 * EXTENT}+1`, `0:${14 * EXTENT + 2}+526`, "1:0+1", "1:2+526"],
    "of new copies only raid's metadata, of which the simulated kernel has written a sector: the kernel writes the rest",
  );
  dirty(world);
  await world.run("extend-lv", { name: "a", extents: "+4" });
  await world.run("tag", { lv: ["a"], add: ["x"] });
  await world.run("rename-lv", { name: "a", to: "b" });
  t.same(zeroed(world), [], "an LV that stays keeps its raid metadata");
});

t.test("what cannot be wiped is not activated", async (t) => {
  for (const failing of ["write", "flush"]) {
    const world = new VolumeWorld();
    const sys = world.sys();
    const whole = sys.disks;
    const disks = {
      ...whole,
      open: async (...args: Parameters<typeof whole.open>) => ({
        ...(await whole.open(...args)),
        [failing]: () => Promise.reject(new DvmError("IO", `${failing} fails`)),
      }),
    };
    world.sys = () => Object.assign(sys, { disks });
    await t.rejects(world.run("create-lv", { name: "a", extents: "3" }), { code: "IO" });
    t.same(world.tables(), {});
  }
});

t.test("what is open is not removed", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3" });
  world.open("vg-a");
  const next = world.batch({ verb: "remove-lv", name: "a" }, { verb: "create-lv", name: "b", extents: "3" });
  world.restart();
  await t.rejects(world.prepare(next), { code: "IN_USE", message: /vg-a/, status: 3 });
  t.same(world.steps, []);
});

t.test("without device-mapper", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3" });
  const live = world.copy();
  await world.deactivate();
  for (const each of [world, live]) each.hasDm = false;
  await world.run("create-lv", { name: "b", extents: "3", inactive: true });
  await world.run("extend-lv", { name: "a", extents: "+3" });
  world.restart();
  const sys = world.sys();
  sys.openDm = () => Promise.reject(new DvmError("CORRUPT", "the simulator's state is damaged"));
  const plain = world.sys.bind(world);
  world.sys = () => sys;
  await t.rejects(world.settle(), { code: "CORRUPT" }, "device-mapper is there, but cannot be asked");
  world.sys = plain;
  await t.rejects(world.run("create-lv", { name: "c", extents: "3" }), { code: "KERNEL", status: 1 });
  t.same(world.steps, [], "nothing was wiped");
  await world.update(world.manip("create-lv", { name: "c", extents: "3" }), { activate: false });
  await world.settle();
  await t.rejects(
    live.prepare(live.manip("tag", { add: ["x"] }), { activate: false }),
    { code: "KERNEL" },
    "something of the VG is live, and nobody can tell what",
  );
});

t.test("a disk dies under live LVs", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "half", extents: "3", mirrors: 1 });
  await world.run("create-lv", { name: "dead", extents: "3", pv: [pvId(1)] });
  await world.run("create-lv", { name: "well", extents: "3", pv: [pvId(0)] });
  world.write("half", 5, "precious");
  world.health("vg-half", "AD");
  world.away.add(1);
  const dead = world.tables()["vg-dead"];
  await world.run("missing-pv", { pv: pvId(1) });
  const tables = world.tables();
  t.equal(tables["vg-dead"], dead, "what is on it alone stays as it is, errors and all");
  t.match(tables["vg-half"], /@vg-half-rmeta_0 @vg-half-rimage_0 - -$/);
  t.notOk("vg-half-rimage_1" in tables);
  t.same(world.read("half", 5), ["precious"]);
  t.same((await world.settle()).summary, [], "and all of it is as the metadata has it now");
  await world.run("extend-lv", { name: "well", extents: "+1" });
  await world.run("extend-lv", { name: "half", extents: "+1" });
  t.match(world.tables()["vg-half"], /^0 512 raid .* - -$/, "one that runs degraded can grow");
  await world.deactivate("dead");
  await t.rejects(world.activate("dead"), {
    code: "INCOMPLETE",
    message: /LV dead needs PV 0+2, which is missing/,
  });

  world.away.delete(1);
  await world.run("missing-pv", { pv: pvId(1), returned: true });
  t.match(
    world.tables()["vg-half"],
    / rebuild 1 .*@vg-half-rmeta_1 @vg-half-rimage_1$/,
    "it is rebuilt, not read",
  );
  world.health("vg-half", "AA");
  await world.run("mirror", { name: "half", synced: true });
  await world.activate("dead");
  t.equal(world.tables()["vg-dead"], dead);
  t.same((await world.settle()).summary, []);
});

t.test("a disk dies, and nobody has said that the VG goes on without it", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3", pv: [pvId(1)] });
  world.away.add(1);
  const taken = world.manip("create-lv", { name: "b", extents: "3", pv: [pvId(1)] });
  await t.rejects(world.prepare(taken), { code: "INCOMPLETE", message: /LV b would get extents of PV 0+2/ });
  await t.rejects(world.prepare(taken, { activate: false }), { code: "INCOMPLETE", message: /LV b/ });
  // Its place is learned from the live table: one that tells of another device is not believed.
  for (const device of world.sim.devices) {
    if (!device.live) continue;
    const lines = device.live.lines.map((line) => ({ ...line, params: `${pvPath(0)} 64` }));
    device.live = { ...device.live, lines };
  }
  await t.rejects(world.prepare(world.manip("tag", { add: ["x"] })), {
    code: "TABLES_DIFFER",
    message: /LV a is live without PV 0+2, which is missing/,
  });
});

t.test("live tables that do not agree about a missing PV tell nothing", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3", pv: [pvId(1)] });
  await world.run("create-lv", { name: "b", extents: "3", pv: [pvId(1)] });
  world.away.add(1);
  await world.run("tag", { add: ["x"] });
  for (const device of world.sim.devices) {
    if (!device.live || device.name !== "vg-b") continue;
    const lines = device.live.lines.map((line) => ({ ...line, params: `${pvPath(1)} 8000` }));
    device.live = { ...device.live, lines };
  }
  await t.rejects(world.run("tag", { add: ["y"] }), {
    code: "TABLES_DIFFER",
    message: /is live without PV 0+2/,
  });
});

t.test("PVs on dm devices of others", async (t) => {
  const world = new VolumeWorld({ pvs: 1 });
  world.sim.devices.push({
    name: "mpatha",
    uuid: "mpath-1",
    minor: 7,
    live: {
      lines: [{ start: 0, length: 9000, type: "zero", params: "" }],
      readOnly: false,
      uses: [],
      needs: [],
    },
    inactive: null,
    suspended: false,
    disk: true,
    readOnly: false,
    eventNr: 0,
    opened: 0,
  });
  const plain = world.discovery.bind(world);
  world.discovery = (): Discovery => {
    const { devices, ...rest } = plain();
    return { ...rest, devices: devices.map((device) => ({ ...device, dev: "254:7" })) };
  };
  await world.run("create-lv", { name: "a", extents: "3" });
  t.match(world.tables(), { "vg-a": "0 384 linear @mpatha 64" });
  t.same((await world.settle()).summary, []);
  await world.run("extend-lv", { name: "a", extents: "+3" });
  await world.deactivate();
  t.same(names(world), ["mpatha"]);
});

t.test("a device that is left suspended is more than what settle mends", async (t) => {
  const commit = { instructions: [{ op: "version" as const }, { op: "exit" as const, status: 8 }] };
  const activation = { commit, abort: { instructions: [] }, summary: [] };
  await t.rejects(new VolumeWorld().commit(activation), { code: "HALF_DONE", status: 8 });
});

t.test("a commit that cannot be done says so, and settle does it later", async (t) => {
  const world = new VolumeWorld();
  await world.run("create-lv", { name: "a", extents: "3" });
  const next = world.manip("remove-lv", { name: "a" });
  const activation = await world.prepare(next);
  world.metadata = next;
  world.open("vg-a");
  await t.rejects(world.commit(activation), { code: "NOT_ACTIVATED", status: 7, message: /vg-a.*settle/ });
  await t.rejects(world.prepare(world.manip("tag", { add: ["x"] })), { code: "TABLES_DIFFER" });
  await t.rejects(world.settle(), { code: "IN_USE" });
  world.open("vg-a", -1);
  t.same((await world.settle()).summary, ["remove vg-a"]);
  t.same(world.tables(), {});
});
