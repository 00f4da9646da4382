/** Disks that are away, that come back, and that come back when nobody counts on them any more. */
import t from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { relabelDevices } from "../../src/core/discover/relabel.ts";
import { removeDevices } from "../../src/core/discover/remove.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

const PATHS = ["/dev/sda", "/dev/sdb", "/dev/sdc"];

async function world(regions = 0): Promise<LabelWorld> {
  const made = labelWorld();
  for (const path of PATHS) made.disk(path, 8 * MIB);
  await addDevices(
    made.sys,
    adding("vg", PATHS, { isNew: true, layout: { place: { count: regions, length: 128 } } }),
  );
  return made;
}

const look = async ({ sys }: LabelWorld) => {
  const { vg, devices, missing } = await findDevices(sys, finding("vg"));
  return [vg.generation, devices.map(({ path }) => path), missing.count];
};
const said = { vgId: undefined, discovery: undefined, name: undefined, only: [], devices: [] };

t.test("what is missing is counted, down to the last device", async (t) => {
  const made = await world();
  t.same(await look(made), [1, PATHS, 0]);
  made.unplug("/dev/sdb");
  t.same(await look(made), [1, ["/dev/sda", "/dev/sdc"], 1]);
  made.unplug("/dev/sda");
  t.same(await look(made), [1, ["/dev/sdc"], 2]);
  made.unplug("/dev/sdc");
  await t.rejects(look(made), { code: "NOT_FOUND", status: 4 });
});

t.test(
  "a device that returns with an older label belongs to the VG, and the newest label counts",
  async (t) => {
    const made = await world();
    const away = Buffer.from(made.disks.bytes("/dev/sdb"));
    made.unplug("/dev/sdb");
    made.disk("/dev/sdd", 8 * MIB);
    await addDevices(made.sys, adding("vg", ["/dev/sdd"]));
    await relabelDevices(made.sys, { vg: "vg", generation: 2, members: 4, ...said });
    t.same(await look(made), [2, ["/dev/sda", "/dev/sdc", "/dev/sdd"], 1]);
    made.disk("/dev/sdb", away);
    t.same(await look(made), [2, ["/dev/sda", "/dev/sdc", "/dev/sdd", "/dev/sdb"], 0]);
    await relabelDevices(made.sys, { vg: "vg", generation: 2, members: 4, ...said });
    const alone = await findDevices(made.sys, finding("vg", { devices: ["/dev/sdb"] }));
    t.match(alone, { vg: { generation: 2 }, missing: { count: 3 } }, "and then it knows, too");
  },
);

t.test("a device that was taken out while another was away", async (t) => {
  const made = await world();
  const away = Buffer.from(made.disks.bytes("/dev/sdb"));
  made.unplug("/dev/sdb");
  await removeDevices(made.sys, { vg: "vg", vgId: undefined, members: ["/dev/sdc"], devices: [] });
  await relabelDevices(made.sys, { vg: "vg", generation: 2, members: 2, ...said });
  t.same(await look(made), [2, ["/dev/sda"], 1]);
  made.disk("/dev/sdb", away);
  t.same(await look(made), [2, ["/dev/sda", "/dev/sdb"], 0]);
});

t.test(
  "of equal generations the larger number of members counts: rather one too many than one unseen",
  async (t) => {
    const made = await world();
    await relabelDevices(made.sys, { vg: "vg", generation: 1, members: 2, ...said, devices: ["/dev/sda"] });
    made.unplug("/dev/sdc");
    t.same(await look(made), [1, ["/dev/sda", "/dev/sdb"], 1]);
  },
);

t.test("a head that was restored from an old image leaves the second copy to speak", async (t) => {
  const made = await world();
  const old = Buffer.from(made.disks.bytes("/dev/sda").subarray(0, MIB / 4));
  await relabelDevices(made.sys, { vg: "vg", generation: 7, members: 3, ...said });
  old.copy(made.disks.bytes("/dev/sda"));
  const { vg, devices } = await findDevices(made.sys, finding("vg", { devices: ["/dev/sda"] }));
  t.equal(vg.generation, 7);
  t.equal(devices.length, 1);
  t.match(made.warnings, [/sda: the copy of its label at byte 4096 is out of date/]);
  await relabelDevices(made.sys, { vg: "vg", generation: 7, members: 3, ...said });
  made.warnings.length = 0;
  await findDevices(made.sys, finding("vg"));
  t.same(made.warnings, [], "and the next writing of labels heals it");
});

t.test("both copies lost: the device is missing, and may come back under its old id", async (t) => {
  const made = await world();
  const before = await findDevices(made.sys, finding("vg"));
  const [lost] = before.devices;
  made.disks.bytes("/dev/sda").fill(0, 0, MIB);
  t.same(await look(made), [1, ["/dev/sdb", "/dev/sdc"], 1]);
  if (!lost) throw new Error("no device");
  const { dataStart, dataLength, id } = lost;
  await addDevices(
    made.sys,
    adding("vg", ["/dev/sda"], {
      ids: [id],
      generation: 1,
      members: 3,
      layout: { data: { offset: dataStart, length: dataLength }, regions: lost.regions },
    }),
  );
  const after = await findDevices(made.sys, finding("vg"));
  t.same(
    after.devices.find((device) => device.id === id),
    lost,
  );
  t.same(after.missing, { count: 0 });
});

t.test("an image that was cut short is found, with what is left of it", async (t) => {
  const made = await world(2);
  const bytes = Buffer.from(made.disks.bytes("/dev/sdb").subarray(0, 4 * MIB));
  const before = (await findDevices(made.sys, finding("vg"))).devices[1];
  made.unplug("/dev/sdb");
  made.disk("/dev/sdb", bytes);
  t.same(await look(made), [1, ["/dev/sda", "/dev/sdc", "/dev/sdb"], 0]);
  t.match(made.warnings, [
    /sdb: has 4 MiB, less than the 8 MiB that its label says, and lacks its region of 128 sectors at 14336,/,
  ]);
  const found = await findDevices(made.sys, finding("vg"));
  const short = found.devices.find(({ id }) => id === before?.id);
  const regions = before?.regions.filter(({ offset, length }) => offset + length <= 8192) ?? [];
  t.same([regions.length, before?.regions.length], [1, 2], "a region lay behind its end");
  t.same(short, { ...before, size: 8192, short: true, regions });
  t.same(
    found.regions.filter(({ path }) => path === "/dev/sdb").length,
    regions.length,
    "regions that are there are in the region file",
  );

  made.disk("/dev/sdz", Buffer.from(made.disks.bytes("/dev/sda").subarray(0, 4 * MIB)));
  const { devices, duplicates } = await findDevices(made.sys, finding("vg"));
  t.same(duplicates, []);
  t.notOk(
    devices.some(({ path }) => path === "/dev/sdz"),
    "the whole one wins over a copy that is short",
  );
});
