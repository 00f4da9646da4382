/** The changes of manip, one by one. */
import t from "tap";
import { hostChance } from "../../../src/core/host/process/chance.ts";
import { createVg } from "../../../src/core/manip/create-vg.ts";
import { checkGiven } from "../../../src/core/port/parameters.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { type Discovery, type Metadata, parseDocument } from "../../../src/schema/index.ts";
import { batched, changed, lvOf, pvId, shown, vgOf } from "../../lib/volumes.ts";

const ID = "ab".repeat(16);
const chance = hostChance("verbs");
const discoveryOf = (...lengths: number[]): Discovery => ({
  vg: { id: ID, name: "found", generation: 1 },
  devices: lengths.map((dataLength, index) => ({
    id: pvId(index),
    path: `/dev/sd${index}`,
    dev: null,
    size: dataLength + 4096,
    blockBytes: 512,
    dataStart: 2048,
    dataLength,
    regions: [],
  })),
  regions: [],
  missing: { count: 0 },
  duplicates: [],
});

const make = (options: Partial<Parameters<typeof createVg.create>[0]>) => {
  checkGiven(createVg, options, (name) => new Error(`no ${name}`));
  return createVg.create(
    { discovery: undefined, name: undefined, id: undefined, "extent-size": undefined, tag: [], ...options },
    { chance, tell: () => undefined },
  );
};

t.test("create-vg", async (t) => {
  t.match(make({ discovery: discoveryOf(8192, 8191 * 3) }), {
    format: "dvm-metadata",
    version: 1,
    vg: { id: ID, name: "found", extentSize: 8192, tags: [] },
    pvs: [
      { id: pvId(0), extents: 1, allocatable: true },
      { id: pvId(1), extents: 2 },
    ],
    lvs: [],
  });
  t.match(make({ name: "vg", tag: ["x", "x"], "extent-size": 8 }).vg, {
    name: "vg",
    extentSize: 8,
    tags: ["x"],
  });
  const rows: [Parameters<typeof make>[0], string][] = [
    [{}, "USAGE"],
    [{ name: "a/b" }, "BAD_NAME"],
    [{ name: "mapper" }, "BAD_NAME"],
    [{ name: "vg", id: "xyz" }, "USAGE"],
    [{ name: "vg", "extent-size": 12 }, "USAGE"],
    [{ name: "vg", "extent-size": 0 }, "USAGE"],
    [{ name: "vg", "extent-size": 2 ** 32 + 8 }, "USAGE"],
    [{ name: "vg", tag: ["-x"] }, "BAD_NAME"],
    [{ name: "vg", tag: ["a b"] }, "BAD_NAME"],
    [{ name: "vg", tag: ["x".repeat(101)] }, "BAD_NAME"],
    [{ name: "a=b" }, "BAD_NAME"],
    [{ discovery: discoveryOf(8191) }, "TOO_SMALL"],
    [{ discovery: { ...discoveryOf(8192), missing: { count: 1 } } }, "INCOMPLETE"],
    [
      { discovery: { ...discoveryOf(8192), duplicates: [{ id: pvId(0), paths: ["/a", "/b"] }] } },
      "DUPLICATE",
    ],
  ];
  for (const [options, code] of rows) t.throws(() => make(options), { code }, JSON.stringify(options));
});

t.test("add-pv and remove-pv", async (t) => {
  const vg = vgOf(10);
  const added = changed(vg, "add-pv", { id: ID, size: "41M", tag: ["new"] });
  t.match(added.pvs[1], { id: ID, extents: 10, tags: ["new"], allocatable: true });
  t.throws(() => changed(added, "add-pv", { id: ID, size: "41M" }), { code: "EXISTS" });
  t.throws(() => changed(vg, "add-pv", { id: ID, size: "4095k" }), { code: "TOO_SMALL" });
  t.throws(() => changed(vg, "add-pv", { id: "7", size: "1G" }), { code: "USAGE" });
  t.throws(() => changed(vg, "add-pv", { id: ID }), { code: "USAGE" });

  const used = changed(added, "create-lv", { name: "a", extents: "12" });
  t.throws(() => changed(used, "remove-pv", { pv: [ID] }), { code: "IN_USE", message: /is used by a$/ });
  t.throws(() => changed(used, "remove-pv", { pv: ["nobody"] }), { code: "NOT_FOUND" });
  t.throws(() => changed(used, "remove-pv", { pv: [] }), { code: "USAGE" });
  t.same(
    changed(changed(used, "remove-lv", { name: "a" }), "remove-pv", { pv: ["new"] }).pvs.map(({ id }) => id),
    [pvId(0)],
  );
});

t.test("create-lv: what it is made of, and what it is not", async (t) => {
  const vg = vgOf(40, 40, 40);
  const made = (given: Record<string, unknown>) =>
    lvOf(changed(vg, "create-lv", { name: "a", ...given }), "a");
  t.match(made({ size: "1b" }), {
    access: "rw",
    activate: true,
    tags: [],
    segments: [{ type: "linear", length: 1 }],
  });
  t.match(made({ size: "9M", "read-only": true, inactive: true, tag: ["x", "x"] }), {
    access: "ro",
    activate: false,
    tags: ["x"],
    segments: [{ length: 3 }],
  });
  t.match(made({ size: "20M", stripes: 3 }).segments[0], { type: "striped", length: 6, stripeSize: 128 });
  t.match(made({ extents: "5", mirrors: 2, "region-size": "512k" }).segments[0], {
    regionSize: 1024,
    legs: { length: 3 },
  });
  t.match(made({ extents: "5", type: "raid1" }).segments[0], { regionSize: 4096, legs: { length: 2 } });
  const rows: [Record<string, unknown>, string][] = [
    [{}, "USAGE"],
    [{ size: "1G", extents: "3" }, "USAGE"],
    [{ size: "0M" }, "USAGE"],
    [{ size: "+4M" }, "USAGE"],
    [{ extents: "x" }, "USAGE"],
    [{ extents: "5", type: "raid7" }, "USAGE"],
    [{ extents: "5", type: "linear", stripes: 2 }, "USAGE"],
    [{ extents: "5", type: "striped" }, "USAGE"],
    [{ extents: "5", type: "striped", mirrors: 1, stripes: 2 }, "USAGE"],
    [{ extents: "5", stripes: 129 }, "USAGE"],
    [{ extents: "5", stripes: 2, "stripe-size": "5k" }, "USAGE"],
    [{ extents: "5", stripes: 2, "stripe-size": "8M" }, "USAGE"],
    [{ extents: "5", mirrors: 10 }, "USAGE"],
    [{ extents: "5", mirrors: 1, "region-size": "5k" }, "USAGE"],
    [{ extents: "5", policy: "whatever" }, "USAGE"],
    [{ extents: "5", tag: ["a b"] }, "BAD_NAME"],
    [{ extents: "121" }, "NO_SPACE"],
    [{ name: "..", extents: "5" }, "BAD_NAME"],
    [{ name: "x".repeat(101), extents: "5" }, "BAD_NAME"],
  ];
  for (const [given, code] of rows) t.throws(() => made(given), { code }, JSON.stringify(given));
  const one = changed(vg, "create-lv", { name: "a", extents: "1" });
  t.throws(() => changed(one, "create-lv", { name: "a", extents: "1" }), { code: "EXISTS" });
});

t.test("extend-lv and reduce-lv", async (t) => {
  const vg = changed(vgOf(40, 40), "create-lv", { name: "a", extents: "10", pv: [pvId(0)] });
  const striped = changed(vgOf(40, 40), "create-lv", { name: "a", extents: "10", stripes: 2 });
  const raid = changed(vgOf(40, 40), "create-lv", { name: "a", extents: "10", mirrors: 1 });
  const length = (from: Metadata, verb: string, given: Record<string, unknown>) =>
    lvOf(changed(from, verb, { name: "a", ...given }), "a").segments.reduce(
      (sum, each) => sum + each.length,
      0,
    );
  t.equal(length(vg, "extend-lv", { size: "41M" }), 11);
  t.equal(length(vg, "extend-lv", { size: "+1b" }), 11);
  t.equal(length(vg, "extend-lv", { extents: "+50%FREE" }), 45);
  t.equal(length(striped, "extend-lv", { extents: "+3" }), 14, "whole rows");
  t.equal(length(raid, "extend-lv", { extents: "20" }), 20);
  t.equal(length(vg, "reduce-lv", { size: "-9M" }), 8, "no byte goes that was not given up");
  t.equal(length(vg, "reduce-lv", { size: "9M" }), 3);
  t.equal(length(striped, "reduce-lv", { extents: "5" }), 6);
  t.same(shown(changed(raid, "reduce-lv", { name: "a", extents: "-4" }), "a"), [
    "0: current 6@0 meta 1@0",
    "1: current 6@1 meta 1@1",
  ]);
  const rows: [Metadata, string, Record<string, unknown>, string][] = [
    [vg, "extend-lv", { extents: "9" }, "WOULD_LOSE_DATA"],
    [vg, "extend-lv", { extents: "10%VG" }, "WOULD_LOSE_DATA"],
    [vg, "extend-lv", { extents: "-1" }, "USAGE"],
    [vg, "extend-lv", { extents: "50%FREE" }, "USAGE"],
    [vg, "extend-lv", { extents: "+71" }, "NO_SPACE"],
    [vg, "reduce-lv", { extents: "11" }, "TOO_SMALL"],
    [vg, "reduce-lv", { extents: "0" }, "USAGE"],
    [vg, "reduce-lv", { extents: "-10" }, "TOO_SMALL"],
    [vg, "reduce-lv", { extents: "+1" }, "USAGE"],
    [vg, "reduce-lv", { extents: "50%VG" }, "USAGE"],
    [vg, "extend-lv", { name: "b", extents: "+1" }, "NOT_FOUND"],
  ];
  for (const [from, verb, given, code] of rows)
    t.throws(
      () => changed(from, verb, { name: "a", ...given }),
      { code },
      `${verb} ${JSON.stringify(given)}`,
    );
});

t.test("names", async (t) => {
  const vg = batched(vgOf(10), [
    { verb: "create-lv", name: "a", extents: 1 },
    { verb: "create-lv", name: "b", extents: 1 },
  ]);
  const { id } = lvOf(vg, "a");
  t.equal(lvOf(changed(vg, "rename-lv", { name: id, to: "c" }), "c").id, id);
  t.throws(() => changed(vg, "rename-lv", { name: "a", to: "b" }), { code: "EXISTS" });
  t.throws(() => changed(vg, "rename-lv", { name: "a", to: "a b" }), { code: "BAD_NAME" });
  const swapped = batched(vg, [
    { verb: "rename-lv", name: "a", to: "x" },
    { verb: "rename-lv", name: "b", to: "a" },
    { verb: "rename-lv", name: "x", to: "b" },
  ]);
  t.equal(lvOf(swapped, "b").id, id);
  t.equal(changed(vg, "rename-vg", { to: "other" }).vg.name, "other");
  t.throws(() => changed(vg, "rename-vg", { to: "-other" }), { code: "BAD_NAME" });
  const long = changed(vg, "rename-lv", { name: "a", to: "-".repeat(30).padStart(60, "x") });
  t.throws(
    () => changed(long, "rename-vg", { to: "y".repeat(60) }),
    { code: "BAD_NAME" },
    "no room in a dm name",
  );
});

t.test("tags", async (t) => {
  const vg = changed(vgOf(10, 10), "create-lv", { name: "a", extents: "1" });
  t.same(changed(vg, "tag", { add: ["x", "y", "x"] }).vg.tags, ["x", "y"]);
  const tagged = changed(vg, "tag", { lv: ["a"], pv: [pvId(1)], add: ["x"] });
  t.same(
    [lvOf(tagged, "a").tags, tagged.pvs.map(({ tags }) => tags), tagged.vg.tags],
    [["x"], [[], ["x"]], []],
  );
  t.same(lvOf(changed(tagged, "tag", { lv: ["a"], add: ["z"], remove: ["x", "w"] }), "a").tags, ["z"]);
  t.same(changed(tagged, "tag", { pv: ["x"], remove: ["x"] }).pvs[1]?.tags, []);
  t.throws(() => changed(vg, "tag", {}), { code: "USAGE" });
  t.throws(() => changed(vg, "tag", { add: ["a&b"] }), { code: "BAD_NAME" });
  t.throws(() => changed(vg, "tag", { add: Array.from({ length: 65 }, (_, n) => `t${n}`) }), {
    code: "TOO_LARGE",
  });
});

t.test("missing-pv", async (t) => {
  const vg = batched(vgOf(20, 20, 20), [
    { verb: "create-lv", name: "lin", extents: 4, pv: [pvId(1)] },
    { verb: "create-lv", name: "two", extents: 4, mirrors: 1, pv: [pvId(0), pvId(1)] },
    { verb: "create-lv", name: "three", extents: 4, mirrors: 2 },
  ]);
  const states = (from: Metadata, name: string) =>
    shown(from, name)
      .map((line) => line.split(" ")[1])
      .sort();
  const gone = changed(vg, "missing-pv", { pv: [pvId(1)] });
  t.same(states(gone, "two"), ["current", "stale"]);
  t.same(states(gone, "three"), ["current", "current", "stale"]);
  t.same(lvOf(gone, "lin"), lvOf(vg, "lin"));
  t.same(
    gone.pvs.map(({ allocatable }) => allocatable),
    [true, false, true],
  );
  t.same(changed(gone, "missing-pv", { pv: [pvId(1)] }), gone, "once more changes nothing");

  const worse = changed(gone, "missing-pv", { pv: [pvId(0)] });
  t.same(states(worse, "two"), ["current", "stale"], "the last current leg stays what it is");
  t.same(states(worse, "three").filter((state) => state === "current").length, 1);

  const back = changed(worse, "missing-pv", { pv: [pvId(1)], returned: true });
  t.same(states(back, "two"), ["current", "rebuild"]);
  t.same(
    back.pvs.map(({ allocatable }) => allocatable),
    [false, true, true],
  );
  t.throws(() => changed(vg, "missing-pv", { pv: ["nobody"] }), { code: "NOT_FOUND" });
});

t.test("a leg on two missing PVs is back when both are", async (t) => {
  let vg = vgOf(10, 10, 30);
  vg = changed(vg, "create-lv", { name: "r", extents: "12", mirrors: 1 });
  const spread = shown(vg, "r").find((line) => line.includes("+"));
  t.ok(spread, "one leg lies on two PVs");
  vg = changed(vg, "missing-pv", { pv: [pvId(0), pvId(1)] });
  const once = changed(vg, "missing-pv", { pv: [pvId(0)], returned: true });
  t.ok(shown(once, "r").some((line) => line.includes("stale")));
  const twice = changed(once, "missing-pv", { pv: [pvId(1)], returned: true });
  t.ok(shown(twice, "r").some((line) => line.includes("rebuild")));
});

t.test("a batch is made whole or not at all, and says which change failed", async (t) => {
  const vg = vgOf(10);
  const list = [
    { verb: "create-lv", name: "a", size: "8M" },
    { verb: "create-lv", name: "b", extents: 3, tag: ["x"] },
    { verb: "extend-lv", name: "a", extents: "+1" },
  ];
  t.same(shown(batched(vg, list), "a"), ["linear 2@0", "linear 1@0"]);
  const rows: [Record<string, unknown> & { verb: string }, string, RegExp][] = [
    [{ verb: "create-lv", name: "a", size: "4M" }, "EXISTS", /^change 4 \(create-lv\): .*a$/],
    [
      { verb: "make-lv", name: "c" },
      "BAD_INPUT",
      /change 4 \(make-lv\): no change of that name: there is add-pv/,
    ],
    [{ verb: "create-lv", name: "c", siez: "4M" }, "BAD_INPUT", /unknown key "siez"/],
    [{ verb: "create-lv", size: "4M" }, "BAD_INPUT", /missing key "name"/],
    [
      { verb: "create-lv", name: "c", size: "4M", inactive: "yes" },
      "BAD_INPUT",
      /"inactive" must be true or false/,
    ],
    [
      { verb: "create-lv", name: "c", size: "4M", stripes: -1 },
      "BAD_INPUT",
      /"stripes" must be a whole number/,
    ],
    [{ verb: "add-pv", discovery: "x" }, "BAD_INPUT", /must be left out/],
    [{ verb: "create-lv", name: "c", extents: 8 }, "NO_SPACE", /needs 8 extents .*free: 4 on PV/],
  ];
  for (const [last, code, message] of rows) t.throws(() => batched(vg, [...list, last]), { code, message });
});

t.test("metadata of a newer program is not changed", async (t) => {
  const vg = changed(vgOf(10), "create-lv", { name: "a", extents: "1" });
  const odd = { ...vg, lvs: [{ ...lvOf(vg, "a"), segments: [{ type: "odd", start: 0, length: 1 }] }] };
  const made = odd as unknown as Metadata;
  const read = parseDocument("metadata", serialise(made), "of the test");
  for (const metadata of [made, read])
    t.throws(() => changed(metadata, "create-lv", { name: "b", extents: "1" }), {
      code: "UNSUPPORTED",
      message: /LV a has a segment of the unknown type "odd"/,
    });
  t.throws(() => changed({ ...vg, version: 2 } as unknown as Metadata, "tag", { add: ["x"] }), {
    code: "UNSUPPORTED",
  });
});

t.test("what changes nothing gives back what it was given", async (t) => {
  const vg = changed(vgOf(10), "create-lv", { name: "a", extents: "1" });
  t.same(changed(vg, "rename-lv", { name: "a", to: "a" }), vg);
  t.same(changed(vg, "tag", { lv: ["a"], remove: ["x"] }), vg);
});
