/** Several VGs of one name, as when a disk comes from another machine: an id decides, never chance. */
import t from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { relabelDevices } from "../../src/core/discover/relabel.ts";
import { removeDevices } from "../../src/core/discover/remove.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

/** `count` VGs named vg, each on one disk, which arrived one after the other. @returns their ids */
async function machines(count: number): Promise<{ world: LabelWorld; ids: string[] }> {
  const world = labelWorld();
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const path = `/dev/sd${"abcd"[number]}`;
    world.disk(path, 8 * MIB);
    // Made where the others were not seen.
    const { vg } = await addDevices(world.sys, adding("vg", [path], { isNew: true, devices: [path] }));
    ids.push(vg.id);
  }
  return { world, ids };
}

for (const count of [2, 3]) {
  t.test(`${count} VGs of one name`, async (t) => {
    const { world, ids } = await machines(count);
    const { sys } = world;
    const error = await findDevices(sys, finding("vg")).catch((thrown) => thrown);
    t.match(error, { code: "DUPLICATE", status: 3, details: { name: "vg", ids: [...ids].sort() } });
    for (const id of ids) t.match(error.message, id, "the message has every id to choose from");
    for (const [index, id] of ids.entries()) {
      const path = `/dev/sd${"abcd"[index]}`;
      for (const request of [finding("vg", { vgId: id }), finding(id), finding(id, { vgId: id })]) {
        const found = await findDevices(sys, request);
        t.same([found.vg.id, found.devices.map((device) => device.path)], [id, [path]]);
      }
    }
    await t.rejects(findDevices(sys, finding("vg", { vgId: "0".repeat(32) })), { code: "NOT_FOUND" });
    await t.rejects(
      findDevices(sys, finding("other", { vgId: ids[0] ?? "" })),
      { code: "NOT_FOUND" },
      "both count",
    );

    world.disk("/dev/new", 8 * MIB);
    await t.rejects(addDevices(sys, adding("vg", ["/dev/new"])), { code: "DUPLICATE" });
    await t.rejects(addDevices(sys, adding("vg", ["/dev/new"], { isNew: true })), { code: "EXISTS" });
    await addDevices(sys, adding("vg", ["/dev/new"], { vgId: ids[0] ?? "" }));
    t.equal((await findDevices(sys, finding(ids[0] ?? ""))).devices.length, 2);

    const rest = { discovery: undefined, generation: undefined, members: undefined, only: [], devices: [] };
    await t.rejects(relabelDevices(sys, { vg: "vg", vgId: undefined, name: "mine", ...rest }), {
      code: "DUPLICATE",
    });
    for (const [index, id] of ids.slice(1).entries())
      await relabelDevices(sys, { vg: "vg", vgId: id, name: `renamed-${index}`, ...rest });
    t.equal((await findDevices(sys, finding("vg"))).vg.id, ids[0], "a new name for the others ends it");
    t.equal((await findDevices(sys, finding("renamed-0"))).vg.id, ids[1]);
  });
}

t.test("a device is taken out of the VG that is meant, not of its namesake", async (t) => {
  const { world, ids } = await machines(2);
  const remove = (vg: string, vgId: string | undefined, device: string) =>
    removeDevices(world.sys, { vg, vgId, members: [device], devices: [] });
  await t.rejects(remove("vg", undefined, "/dev/sda"), { code: "DUPLICATE" });
  await t.rejects(remove("vg", ids[1], "/dev/sda"), { code: "NOT_FOUND", message: /its label says VG vg/ });
  await remove("vg", ids[0], "/dev/sda");
  t.equal((await findDevices(world.sys, finding("vg"))).vg.id, ids[1]);
});

t.test("a VG that was renamed while a device was away is known by both names, as one", async (t) => {
  const world = labelWorld();
  for (const path of ["/dev/sda", "/dev/sdb"]) world.disk(path, 8 * MIB);
  const { vg } = await addDevices(world.sys, adding("vg", ["/dev/sda", "/dev/sdb"], { isNew: true }));
  const old = Buffer.from(world.disks.bytes("/dev/sdb"));
  world.unplug("/dev/sdb");
  await relabelDevices(world.sys, {
    vg: "vg",
    vgId: undefined,
    discovery: undefined,
    name: "new",
    generation: 2,
    members: 2,
    only: [],
    devices: [],
  });
  world.disk("/dev/sdb", old);
  const found = await findDevices(world.sys, finding("new"));
  t.match(found, { vg: { id: vg.id, name: "new", generation: 2 }, missing: { count: 0 } });
  t.equal(found.devices.length, 2);
  await t.rejects(
    findDevices(world.sys, finding("vg")),
    { code: "NOT_FOUND" },
    "the newest label has the name",
  );
});
