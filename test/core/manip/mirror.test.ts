import t from "tap";
import { changed, lvOf, pvId, shown, vgOf } from "../../lib/volumes.ts";

const linear = (...pvs: readonly number[]) =>
  changed(vgOf(...pvs), "create-lv", { name: "a", extents: "8", pv: [pvId(0)] });

t.test("a linear LV gets a copy: its own extents stay where they are and stand first", async (t) => {
  const before = linear(20, 20, 20);
  const after = changed(before, "mirror", { name: "a", mirrors: 1 });
  t.same(shown(after, "a"), ["0: current 8@0 meta 1@0", "1: rebuild 8@1 meta 1@1"]);
  const [segment] = lvOf(after, "a").segments;
  t.match(segment, {
    type: "raid",
    level: "raid1",
    legs: [{ image: lvOf(before, "a").segments }, {}],
    regionSize: 4096,
  });
  t.equal(lvOf(after, "a").id, lvOf(before, "a").id);

  const synced = changed(after, "mirror", { name: "a", synced: true });
  t.same(shown(synced, "a"), ["0: current 8@0 meta 1@0", "1: current 8@1 meta 1@1"]);
  const more = changed(synced, "mirror", { name: "a", mirrors: 2 });
  t.same(shown(more, "a")[2], "2: rebuild 8@2 meta 1@2");
});

t.test("who goes first when copies go", async (t) => {
  const two = changed(changed(linear(20, 20, 20, 20), "mirror", { name: "a", mirrors: 1 }), "mirror", {
    name: "a",
    synced: true,
  });
  const three = changed(two, "mirror", { name: "a", mirrors: 2 });
  const drop = (given: object) => shown(changed(three, "mirror", { name: "a", ...given }), "a");
  t.same(drop({ mirrors: 1 }), ["0: current 8@0 meta 1@0", "1: current 8@1 meta 1@1"], "the rebuilding one");
  t.same(drop({ mirrors: 0 }), ["linear 8@0"], "then the last of the current ones");
  t.same(
    drop({ mirrors: 1, pv: [pvId(1)] }),
    ["0: current 8@0 meta 1@0", "2: rebuild 8@2 meta 1@2"],
    "named",
  );
  t.same(drop({ mirrors: 0, pv: [pvId(0), pvId(2)] }), ["linear 8@1"]);

  const gap = changed(three, "mirror", { name: "a", mirrors: 1, pv: [pvId(0)] });
  t.same(shown(gap, "a"), ["1: current 8@1 meta 1@1", "2: rebuild 8@2 meta 1@2"], "numbers stay");
  t.match(
    shown(changed(gap, "mirror", { name: "a", mirrors: 2, pv: [pvId(3)] }), "a")[2],
    /^3: rebuild 8@3/,
    "and are not given again while they could be meant",
  );
  t.throws(() => changed(gap, "mirror", { name: "a", mirrors: 0, pv: [pvId(1)] }), {
    code: "WOULD_LOSE_DATA",
    message: /without a current copy/,
  });
});

t.test("numbers have two digits: the lowest that no leg has follows the highest", async (t) => {
  let at = changed(changed(linear(20, 20, 20), "mirror", { name: "a", mirrors: 1 }), "mirror", {
    name: "a",
    synced: true,
  });
  const seen: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const [free, next] = turn % 2 === 0 ? [2, 1] : [1, 2];
    at = changed(at, "mirror", { name: "a", mirrors: 2, pv: [pvId(free)] });
    at = changed(at, "mirror", { name: "a", synced: true });
    seen.push(shown(at, "a").at(-1)?.split(":")[0] ?? "");
    at = changed(at, "mirror", { name: "a", mirrors: 1, pv: [pvId(next)] });
  }
  t.same(seen.slice(0, 3), ["2", "3", "4"]);
  t.same(seen.slice(96), ["98", "99", "1", "2"], "0 is still there");
});

t.test("what is refused", async (t) => {
  const one = linear(20, 20);
  const raid1 = changed(one, "mirror", { name: "a", mirrors: 1 });
  const stripes = changed(vgOf(20, 20, 20), "create-lv", { name: "a", extents: "8", stripes: 2 });
  for (const [metadata, given, code, message] of [
    [one, {}, "USAGE", /either --mirrors or --synced/],
    [one, { mirrors: 1, synced: true }, "USAGE", /either --mirrors or --synced/],
    [one, { mirrors: 10 }, "USAGE", /at most 9/],
    [one, { mirrors: 1, "region-size": "3M" }, "USAGE", /power of two/],
    [raid1, { mirrors: 0, "region-size": "1M" }, "USAGE", /no copies yet/],
    [one, { mirrors: 2 }, "NO_SPACE", /2 times 8 extents/],
    [one, { mirrors: 1, pv: [pvId(0)] }, "NO_SPACE", /nothing is free on the 0 PVs|free/],
    [raid1, { mirrors: 0, pv: [pvId(7)] }, "NOT_FOUND", /no PV/],
    [stripes, { mirrors: 1 }, "UNSUPPORTED", /striped/],
  ] as const)
    t.throws(() => changed(metadata, "mirror", { name: "a", ...given }), { code, message }, `${message}`);
  t.same(
    shown(changed(one, "mirror", { name: "a", mirrors: 1, pv: [pvId(0)], policy: "anywhere" }), "a"),
    ["0: current 8@0 meta 1@0", "1: rebuild 8@0 meta 1@0"],
    "anywhere promises nothing",
  );
});

t.test("raid metadata of a leg that fills its PV goes where no other leg is", async (t) => {
  const full = changed(vgOf(8, 20, 20), "create-lv", { name: "a", extents: "8", pv: [pvId(0)] });
  t.same(shown(changed(full, "mirror", { name: "a", mirrors: 1, pv: [pvId(1), pvId(2)] }), "a"), [
    "0: current 8@0 meta 1@2",
    "1: rebuild 8@1 meta 1@1",
  ]);
  const two = changed(vgOf(8, 20), "create-lv", { name: "a", extents: "8", pv: [pvId(0)] });
  t.throws(() => changed(two, "mirror", { name: "a", mirrors: 1 }), { code: "NO_SPACE" });
});
