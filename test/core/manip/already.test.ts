/** What is asked for is so already, as for a script that runs again: nothing changes, and it is said. */
import t from "tap";
import type { Metadata } from "../../../src/schema/index.ts";
import { batched, changed, pvId, told, vgOf } from "../../lib/volumes.ts";

const linear = batched(vgOf(40, 40), [
  { verb: "create-lv", name: "a", extents: 10, pv: [pvId(0)], tag: ["x"] },
  { verb: "tag", add: ["y"] },
]);
const striped = changed(vgOf(40, 40), "create-lv", { name: "a", extents: "10", stripes: 2 });
const raid1 = changed(vgOf(40, 40), "create-lv", { name: "a", extents: "10", mirrors: 1 });
const synced = changed(raid1, "mirror", { name: "a", synced: true });
const away = changed(synced, "missing-pv", { pv: [pvId(1)] });

const rows: readonly (readonly [Metadata, string, Record<string, unknown>, RegExp])[] = [
  [linear, "extend-lv", { name: "a", size: "40M" }, /LV a has 10 extents already/],
  [linear, "extend-lv", { name: "a", size: "37M" }, /10 extents already/],
  [linear, "extend-lv", { name: "a", extents: "+0" }, /10 extents already/],
  [striped, "extend-lv", { name: "a", extents: "9" }, /10 extents already/],
  [linear, "reduce-lv", { name: "a", size: "40M" }, /LV a has 10 extents already/],
  [linear, "reduce-lv", { name: "a", size: "-1M" }, /10 extents already/],
  [striped, "reduce-lv", { name: "a", extents: "9" }, /10 extents already/],
  [linear, "mirror", { name: "a", mirrors: 0 }, /LV a has 0 extra copies already/],
  [raid1, "mirror", { name: "a", mirrors: 1 }, /LV a has 1 extra copies already/],
  [synced, "mirror", { name: "a", synced: true }, /no copy that is being rebuilt/],
  [linear, "mirror", { name: "a", synced: true }, /no copy that is being rebuilt/],
  [linear, "move", { name: "a", finish: true }, /LV a is not being moved/],
  [raid1, "move", { name: "a", abort: true }, /LV a is not being moved/],
  [linear, "move", { name: "a", from: pvId(1) }, /LV a has nothing on PV 0+1/],
  [linear, "rename-lv", { name: "a", to: "a" }, /called a already/],
  [linear, "rename-vg", { to: "vg" }, /called vg already/],
  [linear, "tag", { add: ["y"] }, /so already/],
  [linear, "tag", { lv: ["a"], add: ["x"], remove: ["z"] }, /so already/],
  [away, "missing-pv", { pv: [pvId(1)] }, /so already/],
  [synced, "missing-pv", { pv: [pvId(1)], returned: true }, /so already/],
];

for (const [metadata, verb, given, words] of rows) {
  t.test(`${verb} ${JSON.stringify(given)}`, async (t) => {
    told.length = 0;
    t.same(changed(metadata, verb, given), metadata, "nothing changes");
    t.equal(told.length, 1);
    t.match(told[0], words);
  });
}

t.test("what does change says nothing", async (t) => {
  told.length = 0;
  changed(linear, "extend-lv", { name: "a", size: "41M" });
  changed(linear, "tag", { add: ["z"] });
  t.same(told, []);
});
