/** discover.filter: the first rule that matches decides, and every name of a device counts. */
import fc from "fast-check";
import t from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { compileFilter } from "../../src/core/discover/filter.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { listDevices } from "../../src/core/discover/list.ts";
import { adding, finding, labelWorld, MIB } from "../lib/label-world.ts";

const BY_ID = "/dev/disk/by-id/wwn-0x5000";
const sda = { path: "/dev/sda", aliases: [BY_ID, "/dev/disk/by-path/pci-0000:00:1f.2"] };
const sdb = { path: "/dev/sdb", aliases: [] };

t.test("rows", async (t) => {
  for (const [rules, a, b] of [
    [[], true, true],
    [["a|.*|"], true, true],
    [["r|.*|"], false, false],
    [["a|^/dev/sda$|", "r|.*|"], true, false],
    [["r|.*|", "a|^/dev/sda$|"], false, false],
    [["r|^/dev/sda$|"], false, true],
    [["a|by-id/wwn-|", "r|.*|"], true, false],
    [["r|by-path/pci|"], false, true],
    [["r|by-path|", "a|by-id|"], false, true],
    [["a|by-id|", "r|by-path|"], true, true],
    [["r|sda"], undefined, undefined],
    [["r/sda$/"], false, true],
    [["a#sdb#", "r#.*#"], false, true],
    [["r|sd[ab]|"], false, false],
    [["r|/dev/sda|"], false, true],
    [["r|/dev/sd|/x|"], false, false],
    [["sda"], undefined, undefined],
    [["x|sda|"], undefined, undefined],
    [["a|("], undefined, undefined],
    [["a|(|"], undefined, undefined],
    [[""], undefined, undefined],
    [["a"], undefined, undefined],
    [["r||"], false, false],
  ] as const) {
    const what = JSON.stringify(rules);
    if (a === undefined) t.throws(() => compileFilter(rules), { code: "BAD_INPUT" }, what);
    else t.same([sda, sdb].map(compileFilter(rules)), [a, b], what);
  }
});

t.test("never undecided, whatever the rules", async (t) => {
  const rule = fc.tuple(
    fc.constantFrom("a", "r"),
    fc.constantFrom("sda", "sd.", "by-id", "^/dev", "nothing", "$"),
  );
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 6 }), (rules) => {
      const first = rules.find(([, regex]) =>
        [sda.path, ...sda.aliases].some((name) => new RegExp(regex).test(name)),
      );
      const passes = compileFilter(rules.map(([verb, regex]) => `${verb}|${regex}|`))(sda);
      return passes === (first?.[0] !== "r");
    }),
    { seed: 4 },
  );
  t.pass("a hundred lists of rules");
});

t.test("a rejected device is not read, is listed with the reason, and cannot be added", async (t) => {
  const world = labelWorld({ config: { discover: { filter: ["a|wwn-0x5000$|", "r|.*|"] } } });
  world.disk("/dev/sda", 8 * MIB, { aliases: [BY_ID] });
  world.disk("/dev/sdb", 8 * MIB);
  await addDevices(world.sys, adding("vg", ["/dev/sda"], { isNew: true }));
  await t.rejects(addDevices(world.sys, adding("vg", ["/dev/sdb"])), {
    code: "BAD_INPUT",
    message: /sdb: discover.filter rejects it/,
  });
  t.equal((await findDevices(world.sys, finding("vg"))).devices.length, 1);
  const { devices } = await listDevices(world.sys, { all: true, devices: [] });
  t.same(
    devices.map(({ skipped }) => skipped),
    [undefined, "rejected by discover.filter"],
  );
});

t.test("disk names that are dealt out anew change nothing: the label says who is who", async (t) => {
  const world = labelWorld();
  for (const path of ["/dev/sda", "/dev/sdb", "/dev/sdc"]) world.disk(path, 8 * MIB);
  await addDevices(world.sys, adding("vg", ["/dev/sda", "/dev/sdb", "/dev/sdc"], { isNew: true }));
  const before = await findDevices(world.sys, finding("vg"));
  const bytes = ["/dev/sda", "/dev/sdb", "/dev/sdc"].map((path) => Buffer.from(world.disks.bytes(path)));
  for (const path of ["/dev/sda", "/dev/sdb", "/dev/sdc"]) world.unplug(path);
  for (const [index, path] of ["/dev/sdb", "/dev/sdx", "/dev/sda"].entries())
    world.disk(path, bytes[index] as Buffer);
  const after = await findDevices(world.sys, finding("vg"));
  const pathOf = new Map(after.devices.map(({ id, path }) => [id, path]));
  t.same(
    before.devices.map(({ id }) => pathOf.get(id)),
    ["/dev/sdb", "/dev/sdx", "/dev/sda"],
  );
  t.same(after.missing, { count: 0 });
});
