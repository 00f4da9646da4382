/** LVs that are built on others: what that refuses, and what it leaves. */
import t from "tap";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { usersOf, usesOf, withUsed } from "../../../src/core/volume/users.ts";
import type { Lv, Metadata, Segment } from "../../../src/schema/index.ts";
import { parseDocument } from "../../../src/schema/index.ts";
import { understandLayers, withLayer } from "../../lib/layer-type.ts";
import { batched, changed, lvOf, vgOf } from "../../lib/volumes.ts";

understandLayers();

const two = batched(vgOf(40), [
  { verb: "create-lv", name: "a", extents: 4 },
  { verb: "create-lv", name: "b", extents: 4 },
]);
const stack = withLayer(withLayer(two, "c", ["a"]), "d", ["c", "b"]);

t.test("what one is built on stands before it", async (t) => {
  const { byId, users } = checkMetadata(stack, "BAD_INPUT");
  const names = (lvs: readonly Lv[]) => lvs.map(({ name }) => name);
  t.same(names(withUsed([lvOf(stack, "d")], byId)), ["a", "c", "b", "d"]);
  t.same(names(withUsed(stack.lvs, byId)), ["a", "b", "c", "d"]);
  t.same([...users].map(([id, lvs]) => [byId.get(id)?.name, ...names(lvs)]).sort(), [
    ["a", "c"],
    ["b", "d"],
    ["c", "d"],
  ]);
  t.same([...usersOf(two.lvs)], []);
});

t.test("its text reads as it was", async (t) => {
  const read = parseDocument("metadata", serialise(stack), "of the test");
  t.same(usesOf(lvOf(read, "d")), [lvOf(stack, "c").id, lvOf(stack, "b").id]);
});

t.test("what is used is not removed, nor made shorter", async (t) => {
  t.throws(() => changed(stack, "remove-lv", { name: "a" }), {
    code: "IN_USE",
    message:
      "LV a is used by c: remove those first, or run dvm remove-lv vg/a --with-users, which removes them with it",
    details: { lv: "a", users: ["c"] },
  });
  const more = withLayer(stack, "aa", ["a"]);
  t.throws(() => changed(more, "remove-lv", { name: "a" }), { message: /LV a is used by aa, c: / });
  t.throws(() => changed(stack, "reduce-lv", { name: "b", extents: "-1" }), {
    code: "IN_USE",
    message: "LV b is used by d: it cannot get shorter",
  });
  t.equal(changed(stack, "extend-lv", { name: "b", extents: "+1" }).lvs.length, 4, "longer it may get");
});

t.test("from the top down all of it goes, in one batch too", async (t) => {
  const gone = batched(stack, [
    { verb: "remove-lv", name: "d" },
    { verb: "remove-lv", name: "b" },
    { verb: "remove-lv", name: "c" },
    { verb: "remove-lv", name: "a" },
  ]);
  t.same(gone.lvs, []);
  const wrong = [
    { verb: "remove-lv", name: "d" },
    { verb: "remove-lv", name: "a" },
  ];
  t.throws(() => batched(stack, wrong), { code: "IN_USE", message: /LV a is used by c/ });
});

t.test("another name changes nothing of it", async (t) => {
  const renamed = changed(changed(stack, "rename-lv", { name: "a", to: "z" }), "rename-lv", {
    name: "c",
    to: "y",
  });
  t.same(lvOf(renamed, "y").segments, lvOf(stack, "c").segments);
  t.throws(() => changed(renamed, "remove-lv", { name: "z" }), { message: /LV z is used by y/ });
});

const withUses = (metadata: Metadata, name: string, on: readonly string[]): Metadata => ({
  ...metadata,
  lvs: metadata.lvs.map((lv) =>
    lv.name === name
      ? { ...lv, segments: lv.segments.map((segment) => ({ ...segment, on }) as unknown as Segment) }
      : lv,
  ),
});

t.test("metadata in which an LV is built on nothing, or on itself, is refused", async (t) => {
  const refused = (metadata: Metadata, message: RegExp, before?: Metadata) =>
    t.throws(() => checkMetadata(metadata, "BAD_INPUT", before), { code: "BAD_INPUT", message });
  const id = (name: string) => lvOf(stack, name).id;
  refused(withUses(stack, "c", ["f".repeat(32)]), /LV c is built on LV f+, which is not there/);
  refused(withUses(stack, "c", [id("c")]), /LV c is built on itself/);
  refused(withUses(stack, "c", [id("d")]), /LV [cd] is built on itself/);
  checkMetadata(stack, "BAD_INPUT");
  const without = { ...stack, lvs: stack.lvs.filter(({ name }) => name !== "a") };
  refused(without, /LV c is built on LV [0-9a-f]+, which is not there/, stack);
  const first = checkMetadata({ ...two }, "BAD_INPUT");
  t.equal(first.users.size, 0);
  const nowhere = withUses(withLayer(two, "c", ["a"]), "c", ["f".repeat(32)]);
  refused(nowhere, /which is not there/, two);
});

t.test("LVs in a circle, which nobody has refused yet, are found once each", async (t) => {
  const circle = withUses(stack, "c", [lvOf(stack, "d").id]);
  const byId = new Map(circle.lvs.map((lv) => [lv.id, lv]));
  const found = withUsed([lvOf(circle, "d")], byId).map(({ name }) => name);
  t.same(found.toSorted(), ["b", "c", "d"]);
});

t.test("a stack has a height", async (t) => {
  const stackOf = (height: number): Metadata => {
    let metadata = two;
    for (let level = 0; level < height; level += 1)
      metadata = withLayer(metadata, `l${level}`, [level === 0 ? "a" : `l${level - 1}`]);
    return metadata;
  };
  const reversed = (metadata: Metadata): Metadata => ({ ...metadata, lvs: metadata.lvs.toReversed() });
  for (const turned of [(metadata: Metadata) => metadata, reversed]) {
    checkMetadata(turned(stackOf(15)), "BAD_INPUT");
    for (const height of [16, 17, 3000])
      t.throws(() => checkMetadata(turned(stackOf(height)), "BAD_INPUT"), {
        message: /is built on more than 15 LVs/,
      });
  }
});
