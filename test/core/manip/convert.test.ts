/** An LV of each type becomes one of each other. */
import t from "tap";
import { refuseLostCopies } from "../../../src/core/volactivate/refuse-copies.ts";
import { takenOf } from "../../../src/core/volactivate/taken.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { components, legsOf, lengthOf, runsIn } from "../../../src/core/volume/model.ts";
import { contentsOf } from "../../../src/core/volume/roles.ts";
import { kindOf } from "../../../src/core/volume/types/index.ts";
import type { Lv, Metadata } from "../../../src/schema/index.ts";
import { changed, lvOf, pvId, told, vgOf } from "../../lib/volumes.ts";

const KINDS: readonly (readonly [type: string, options: object])[] = [
  ["linear", {}],
  ["striped", { stripes: 2 }],
  ["raid0", { stripes: 3 }],
  ["raid1", { mirrors: 2 }],
  ["raid4", { stripes: 2 }],
  ["raid5", { stripes: 3 }],
  ["raid6", { stripes: 3 }],
  ["raid10", { stripes: 2, mirrors: 1 }],
];

const six = () => vgOf(100, 100, 100, 100, 100, 100);
const made = (type: string, options: object, extents = "12") =>
  changed(six(), "create-lv", { name: "a", type, ...options, extents });
const convert = (metadata: Metadata, given: object) => changed(metadata, "convert", { name: "a", ...given });
const claimsOf = (was: Metadata, is: Metadata) =>
  refuseLostCopies([{ lv: lvOf(is, "a"), was: lvOf(was, "a") }]);
const layersOf = (lv: Lv) => components(lv).map(({ layer }) => layer);

for (const [from, fromOptions] of KINDS)
  for (const [to, toOptions] of KINDS)
    t.test(`${from} to ${to}`, async (t) => {
      const before = made(from, fromOptions);
      const begun = convert(before, { type: to, ...toOptions });
      t.equal(lvOf(begun, "a").work, "convert");
      t.equal(lengthOf(lvOf(begun, "a")), 12);
      t.same(claimsOf(before, begun), [], "what it was is kept");

      const after = convert(begun, { finish: true });
      const lv = lvOf(after, "a");
      t.same(lv.segments.map(kindOf), [to]);
      t.equal(lv.work, undefined);
      t.equal(lengthOf(lv), 12);
      const claims = claimsOf(begun, after);
      const isNew = ({ number }: { number: number }) =>
        legsOf(lvOf(begun, "a")).some((leg) => leg.number === number && leg.move === "to");
      t.ok(claims.length > 0 && claims.every(isNew), "every leg that is left has to be proven");
      t.ok(claims.every(({ layer, why }) => layer === "" && why === "rebuilt"));
      const left = new Set(layersOf(lv));
      t.ok(
        [...left].every((layer) => layersOf(lvOf(begun, "a")).includes(layer)),
        "devices keep their names",
      );

      const back = convert(begun, { abort: true });
      t.same(
        runsIn(lvOf(back, "a").segments),
        runsIn(lvOf(before, "a").segments),
        "given up, it is where it was",
      );
      t.ok(claimsOf(begun, back).every(({ why }) => why === "fewer"));
      t.throws(() => claimsOf(before, after), { code: "WOULD_LOSE_DATA" }, "not in one step");
      t.throws(() => claimsOf(after, before), { code: "WOULD_LOSE_DATA" });
    });

t.test("rows that are longer than it was", async (t) => {
  const before = made("linear", {}, "10");
  const begun = convert(before, { type: "raid5", stripes: 3 });
  t.match(told.at(-1), /12 extents instead of 10/);
  t.equal(lengthOf(lvOf(begun, "a")), 10);
  t.ok(
    contentsOf(lvOf(begun, "a"))[0]?.array?.legs.some(({ isLonger }) => isLonger),
    "what is behind the end of the LV is known to be",
  );
  const after = convert(begun, { finish: true });
  t.equal(lengthOf(lvOf(after, "a")), 12);
  const back = convert(convert(after, { type: "linear" }), { finish: true });
  t.equal(lengthOf(lvOf(back, "a")), 12);
});

t.test("while it is in work, and what is refused", async (t) => {
  const begun = convert(made("linear", {}), { type: "raid5", stripes: 2 });
  for (const [verb, given] of [
    ["reduce-lv", { extents: "-1" }],
    ["mirror", { mirrors: 2 }],
    ["move", { from: pvId(0) }],
    ["convert", { type: "linear" }],
  ] as const)
    t.throws(() => changed(begun, verb, { name: "a", ...given }), {
      code: "IN_USE",
      message: /convert --name a --finish/,
    });
  t.match(lvOf(changed(begun, "tag", { lv: ["a"], add: ["x"] }), "a"), { tags: ["x"] });
  changed(begun, "rename-lv", { name: "a", to: "b" });
  const nested = legsOf(lvOf(begun, "a")).at(-1);
  const gone = changed(begun, "missing-pv", { pv: [runsIn(nested?.image ?? [])[0]?.pv ?? ""] });
  t.match(
    legsOf(lvOf(gone, "a")).find(({ number }) => number === nested?.number),
    { state: "stale" },
  );
  t.throws(() => convert(vgFull(), { type: "striped", stripes: 2 }), { code: "NO_SPACE" });
  for (const [given, message] of [
    [{ type: "raid6", stripes: 2 }, /raid6 LV needs --stripes of 3/],
    [{ type: "raid5", stripes: 2, mirrors: 1 }, /--mirrors does not go with type raid5/],
    [{ type: "raid1", mirrors: 9, policy: "anywhere" }, /would get 10, more than 10 for a time/],
  ] as const)
    t.throws(() => convert(made("linear", {}), given), { message });
});

t.test("in work it gets longer, what it was and what it becomes", async (t) => {
  for (const [from, fromOptions] of KINDS)
    for (const [to, toOptions] of KINDS) {
      const begun = convert(made(from, fromOptions), { type: to, ...toOptions });
      const longer = changed(begun, "extend-lv", { name: "a", extents: "+1", policy: "anywhere" });
      checkMetadata(longer, "BUG");
      const length = lengthOf(lvOf(longer, "a"));
      t.ok(length > 12 && length <= 15, `${from} to ${to}: ${length} extents`);
      t.same(claimsOf(begun, longer), [], "every leg stays what it was");
      const kept = (metadata: Metadata) =>
        legsOf(lvOf(metadata, "a")).map(({ number, state }) => [number, state]);
      t.same(kept(longer), kept(begun));
      const after = lvOf(convert(longer, { finish: true }), "a");
      t.same([...new Set(after.segments.map(kindOf))], [to]);
      t.ok(lengthOf(after) >= length, "and the new one is as long");
      const back = lvOf(convert(longer, { abort: true }), "a");
      t.equal(lengthOf(back), length, "as is the old one");
    }
  const begun = convert(made("linear", {}), { type: "striped", stripes: 2 });
  t.throws(() => changed(begun, "extend-lv", { name: "a", extents: "+10%FREE" }), {
    code: "USAGE",
    message: /give a size, not a share/,
  });
  t.throws(() => changed(begun, "extend-lv", { name: "a", extents: "4" }), { code: "WOULD_LOSE_DATA" });
  t.throws(() => changed(begun, "extend-lv", { name: "a", extents: "+1000" }), { code: "NO_SPACE" });
});

t.test("a leg of what it becomes is replaced, whichever it is", async (t) => {
  const begun = convert(made("linear", {}), { type: "raid5", stripes: 2 });
  const [, coming, ...inner] = legsOf(lvOf(begun, "a"));
  t.equal(inner.length, 3);
  for (const { number } of inner) {
    const repaired = changed(begun, "repair", { name: "a", leg: number });
    const numbers = legsOf(lvOf(repaired, "a")).map((leg) => leg.number);
    const come = legsOf(lvOf(repaired, "a")).filter(
      (leg) => !legsOf(lvOf(begun, "a")).some((each) => each.number === leg.number),
    );
    t.equal(come.length, 1);
    t.ok(numbers.includes(coming?.number ?? -1) && !numbers.includes(number));
    const [taken] = takenOf([{ lv: lvOf(repaired, "a"), was: lvOf(begun, "a") }]);
    t.same(
      new Set(taken?.runs.map(({ pv, start }) => `${pv} ${start}`)),
      new Set(
        come
          .flatMap(({ image, meta }) => runsIn([...image, ...meta]))
          .map(({ pv, start }) => `${pv} ${start}`),
      ),
      "nothing is taken but what the new leg has",
    );
  }
});

const vgFull = () => changed(vgOf(20, 20), "create-lv", { name: "a", extents: "30" });

t.test("repair", async (t) => {
  for (const [type, options] of KINDS.filter(([kind]) => /^raid[^0]$|^raid10$/.test(kind))) {
    const before = changed(vgOf(100, 100, 100, 100, 100, 100, 100), "create-lv", {
      name: "a",
      type,
      ...options,
      extents: "12",
    });
    const [first] = legsOf(lvOf(before, "a"));
    const pv = runsIn(first?.image ?? [])[0]?.pv ?? "";
    const without = changed(before, "missing-pv", { pv: [pv] });
    const repaired = changed(without, "repair", { name: "a" });
    const legs = legsOf(lvOf(repaired, "a"));
    t.match(legs[0], { state: "rebuild" }, type);
    t.notOk(
      legs.some(({ number }) => number === first?.number),
      "devices of a new leg have new names",
    );
    t.notOk(runsIn(lvOf(repaired, "a").segments).some((run) => run.pv === pv));
    t.same(claimsOf(without, repaired), [], "of what takes no part nothing is lost");
    t.match(
      claimsOf(before, changed(before, "repair", { name: "a", leg: 0 })).map(({ why }) => why),
      legs.slice(1).map(() => "fewer"),
      "of one that does the others have to be proven",
    );
    t.same(lvOf(changed(repaired, "repair", { name: "a" }), "a"), lvOf(repaired, "a"));
  }
  // Where a conversion has been given up, an array runs on a device of a leg's name.
  const kept = convert(convert(made("raid5", { stripes: 2 }, "4"), { type: "linear" }), { abort: true });
  const arrays = layersOf(lvOf(changed(kept, "repair", { name: "a", leg: 0 }), "a"));
  t.ok(layersOf(lvOf(kept, "a")).length > 7, "with a device more");
  t.equal(new Set(arrays).size, arrays.length, "which no new leg gets");
  const none = made("raid0", { stripes: 2 });
  t.throws(() => changed(none, "repair", { name: "a", leg: 0 }), { code: "WOULD_LOSE_DATA" });
  t.throws(() => changed(none, "repair", { name: "a", leg: 7 }), { code: "NOT_FOUND" });
  const raid5 = made("raid5", { stripes: 5 });
  t.throws(() => changed(raid5, "repair", { name: "a", leg: 0 }), { code: "NO_SPACE" });
});
