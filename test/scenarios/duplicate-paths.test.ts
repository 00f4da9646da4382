/**
 * One disk that is reached in several ways: the multipath device is used, or nothing. Never one path by
 * chance.
 */
import t from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { listDevices } from "../../src/core/discover/list.ts";
import { relabelDevices } from "../../src/core/discover/relabel.ts";
import { removeDevices } from "../../src/core/discover/remove.ts";
import type { SimCandidate } from "../../src/core/sim/sim-scanner.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

const MPATH = { dmUuid: "mpath-36001405", dev: "253:0" };

/** A VG on /dev/sda and /dev/sdb, of which the first has a second path, /dev/sdc. */
async function world(os: Partial<SimCandidate> = {}): Promise<LabelWorld> {
  const made = labelWorld();
  made.disk("/dev/sda", 8 * MIB, { dev: "8:0", ...os });
  made.disk("/dev/sdb", 8 * MIB, { dev: "8:16" });
  await addDevices(made.sys, adding("vg", ["/dev/sda", "/dev/sdb"], { isNew: true }));
  made.clone("/dev/sdc", "/dev/sda", { dev: "8:32", ...os });
  return made;
}

const used = async ({ sys }: LabelWorld) =>
  (await findDevices(sys, finding("vg"))).devices.map(({ path }) => path).sort();
const reasons = async ({ sys }: LabelWorld) =>
  Object.fromEntries(
    (await listDevices(sys, { all: true, devices: [] })).devices.map(({ path, skipped }) => [path, skipped]),
  );

t.test("two paths and no multipath: refused, both named, whatever is to be done", async (t) => {
  const { sys } = await world();
  const error = await findDevices(sys, finding("vg")).catch((thrown) => thrown);
  t.match(error, { code: "DUPLICATE", status: 3, message: /on \/dev\/sda and \/dev\/sdc/ });
  t.match(error.output, {
    devices: [{ path: "/dev/sdb" }],
    missing: { count: 0 },
    duplicates: [{ paths: ["/dev/sda", "/dev/sdc"] }],
  });
  const nothing = { vgId: undefined, discovery: undefined, generation: 5, members: 2, only: [], devices: [] };
  await t.rejects(relabelDevices(sys, { vg: "vg", name: "new", ...nothing }), { code: "DUPLICATE" });
  await t.rejects(addDevices(sys, adding("vg", ["/dev/sdb"], { force: true })), { code: "DUPLICATE" });
  await t.rejects(
    removeDevices(sys, { vg: "vg", vgId: undefined, members: [error.output.duplicates[0].id], devices: [] }),
    { code: "DUPLICATE" },
    "an id does not say which",
  );
  const listed = await listDevices(sys, { all: false, devices: [] });
  t.same(
    listed.devices.map(({ path, problems }) => [path, problems]),
    [
      ["/dev/sda", ["has the same id as /dev/sdc: none of them is used"]],
      ["/dev/sdb", undefined],
      ["/dev/sdc", ["has the same id as /dev/sda: none of them is used"]],
    ],
  );
});

t.test("a path alone may be told to go, and the rest is whole again", async (t) => {
  const made = await world();
  await removeDevices(made.sys, { vg: "vg", vgId: undefined, members: ["/dev/sdc"], devices: [] });
  t.same(await used(made), ["/dev/sda", "/dev/sdb"]);
});

t.test("a filter may decide between them", async (t) => {
  const made = await world();
  const sys = { ...made.sys, config: { discover: { filter: ["r|^/dev/sdc$|"] } } };
  t.same(await used({ ...made, sys }), ["/dev/sda", "/dev/sdb"]);
});

t.test("multipath is set up: only its device is used", async (t) => {
  const holders = [{ name: "dm-0", dmUuid: MPATH.dmUuid }];
  const made = await world({ holders: [] });
  for (const path of ["/dev/sda", "/dev/sdc"]) made.change(path, { holders });
  made.clone("/dev/mapper/mpatha", "/dev/sda", MPATH);
  t.same(await used(made), ["/dev/mapper/mpatha", "/dev/sdb"]);
  t.match(await reasons(made), {
    "/dev/sda": "a path of the multipath device dm-0",
    "/dev/sdc": "a path of the multipath device dm-0",
    "/dev/mapper/mpatha": undefined,
  });
});

t.test("multipath is set up, and sysfs does not say so: its device wins all the same", async (t) => {
  const made = await world();
  made.clone("/dev/mapper/mpatha", "/dev/sda", MPATH);
  t.same(await used(made), ["/dev/mapper/mpatha", "/dev/sdb"]);
  t.match(await reasons(made), {
    "/dev/sda": "is used by way of /dev/mapper/mpatha",
    "/dev/sdc": "is used by way of /dev/mapper/mpatha",
  });
});

t.test("paths that udev has marked are left alone before their map is there", async (t) => {
  const made = await world();
  for (const path of ["/dev/sda", "/dev/sdc"]) made.change(path, { fsType: "mpath_member" });
  const document = await findDevices(made.sys, finding("vg"));
  t.match(document, { devices: [{ path: "/dev/sdb" }], missing: { count: 1 }, duplicates: [] });
  await t.rejects(addDevices(made.sys, adding("new", ["/dev/sdc"], { isNew: true, force: true })), {
    code: "IN_USE",
    message: /path of a multipath device/,
  });
});

t.test("a partition of a multipath device is as good as the device", async (t) => {
  const made = await world();
  made.clone("/dev/mapper/mpatha-part1", "/dev/sda", { dmUuid: "part1-mpath-36001405", dev: "253:1" });
  t.same(await used(made), ["/dev/mapper/mpatha-part1", "/dev/sdb"]);
});

t.test("two multipath devices with one id: refused", async (t) => {
  const made = await world();
  made.clone("/dev/mapper/mpatha", "/dev/sda", MPATH);
  made.clone("/dev/mapper/mpathb", "/dev/sda", { dmUuid: "mpath-other", dev: "253:1" });
  await t.rejects(used(made), { code: "DUPLICATE", message: /mpatha and .*mpathb/ });
});

t.test(
  "a loop device and its backing file, a dm device and its only disk: the one on top is used",
  async (t) => {
    for (const [top, os] of [
      ["/dev/loop3", { dev: "7:3" }],
      ["/dev/mapper/plain", { dev: "253:9", aliases: ["/dev/dm-9"], dmUuid: "own-1" }],
    ] as const) {
      const made = labelWorld({
        config: { discover: { scan: ["/dev/sd*", "/dev/loop*", "/dev/mapper/*"] } },
      });
      made.disk("/dev/sda", 8 * MIB, { dev: "8:0" });
      await addDevices(made.sys, adding("vg", ["/dev/sda"], { isNew: true }));
      made.clone(top, "/dev/sda", os);
      await t.rejects(used(made), { code: "DUPLICATE" }, "as long as nobody says that one is the other");
      made.change(
        "/dev/sda",
        top === "/dev/loop3" ? { over: () => [{ name: "loop3" }] } : { holders: [{ name: "dm-9" }] },
      );
      t.same(await used(made), [top]);
      t.equal((await reasons(made))["/dev/sda"], `is used by way of ${top}`);
    }
  },
);
