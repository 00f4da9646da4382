/** Logical block sizes: what an LV has, and that no verb gives it another without being told. */
import t, { type Test } from "tap";
import type { DvmError } from "../../../src/core/base/error.ts";
import { gatherFacts } from "../../../src/core/report/facts.ts";
import { lvRows } from "../../../src/core/report/rows/lv.ts";
import { blockBytesOf, blockSizesOf } from "../../../src/core/volume/blocks.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import type { Metadata } from "../../../src/schema/index.ts";
import { batched, changed, lvOf, pvId, shown, told, vgWithBlocks } from "../../lib/volumes.ts";

const sizes = (metadata: Metadata, name = "a") =>
  blockSizesOf(lvOf(metadata, name).segments, new Map(metadata.pvs.map((pv) => [pv.id, pv])));
const create = (metadata: Metadata, given: Record<string, unknown>) =>
  changed(metadata, "create-lv", { name: "a", ...given });
const refused = (t: Test, make: () => unknown, ...words: readonly (string | RegExp)[]) => {
  const error = t.throws(make, { code: "BLOCK_SIZE" }) as unknown as DvmError;
  for (const word of words) t.match(error.message, word);
};

t.test("a new LV lies on PVs of one block size: the smallest that has the room", async (t) => {
  const mixed = vgWithBlocks([10, 4096], [10, 512], [10, 4096], [6, 512]);
  for (const [given, expected] of [
    [{ extents: "8" }, [512]],
    [{ extents: "16" }, [512]],
    [{ extents: "17" }, [4096]],
    [{ extents: "100%FREE" }, [4096]],
    [{ extents: "12", stripes: 2 }, [512]],
    [{ extents: "6", mirrors: 1 }, [4096]],
    [{ extents: "5", mirrors: 1 }, [512]],
    [{ extents: "8", pv: [pvId(2)] }, [4096]],
    [{ extents: "8", "allow-mixed-blocks": true }, [512]],
    [{ extents: "36", "allow-mixed-blocks": true }, [512, 4096]],
  ] as const)
    t.same(sizes(create(mixed, given)), expected, JSON.stringify(given));
  refused(
    t,
    () => create(mixed, { extents: "21" }),
    /^LV a needs 21 extents .*one size \(--allow-mixed-blocks .*10 on PV 0+ with blocks of 4096, 10 on PV 0+1 with blocks of 512/,
  );
  t.throws(() => create(mixed, { extents: "37" }), { code: "NO_SPACE" });
  refused(t, () => create(mixed, { extents: "2", stripes: 3 }), "one size");
});

t.test("a new LV says which it has, where PVs differ", async (t) => {
  told.length = 0;
  create(vgWithBlocks([4, 512], [4, 512]), { extents: "1" });
  t.same(told, []);
  create(vgWithBlocks([4, 512], [8, 4096]), { extents: "5" });
  t.same(told, ["LV a has logical blocks of 4096 bytes"]);
});

t.test("so does a pool, and a thin LV, which has those of its pool", async (t) => {
  const pool = changed(vgWithBlocks([40, 512], [40, 4096]), "create-pool", {
    name: "p",
    extents: "8",
    pv: [pvId(1)],
  });
  told.length = 0;
  const both = changed(pool, "create-thin", { name: "t", pool: "p", extents: "2" });
  t.same(told, ["LV t has logical blocks of 4096 bytes"]);
  const rows = lvRows(gatherFacts({ metadata: both }));
  t.match(rows, [
    { name: "p", blockBytes: 4096 },
    { name: "t", blockBytes: 4096 },
  ]);
});

t.test("an LV grows on PVs of its own block size only", async (t) => {
  for (const [own, other] of [
    [512, 4096],
    [4096, 512],
  ] as const) {
    const before = create(vgWithBlocks([10, own], [10, other], [3, own]), { extents: "8", pv: [pvId(0)] });
    t.same(sizes(changed(before, "extend-lv", { name: "a", extents: "+5" })), [own]);
    refused(
      t,
      () => changed(before, "extend-lv", { name: "a", extents: "+6" }),
      new RegExp(`LV a needs 6 .*blocks of ${own} bytes, as it has.*10 on PV 0+1 with blocks of ${other}`),
    );
    refused(
      t,
      () => changed(before, "extend-lv", { name: "a", extents: "+1", pv: [pvId(1)] }),
      new RegExp(`free: 10 on PV 0+1 with blocks of ${other}; .*dvm expand vg DEVICE.*with such blocks$`),
    );
    const crossing = changed(before, "extend-lv", { name: "a", extents: "+6", "allow-mixed-blocks": true });
    t.same(sizes(crossing), [512, 4096]);
    t.equal(blockBytesOf(lvOf(crossing, "a"), new Map(crossing.pvs.map((pv) => [pv.id, pv]))), 4096);
    // From there on it crosses already.
    t.same(sizes(changed(crossing, "extend-lv", { name: "a", extents: "+1" })), [512, 4096]);
  }
});

t.test("an LV that crosses and is cut back gets no other block size", async (t) => {
  const before = create(vgWithBlocks([10, 512], [10, 4096]), { extents: "8", pv: [pvId(0)] });
  const crossing = changed(before, "extend-lv", { name: "a", extents: "+6", "allow-mixed-blocks": true });
  refused(t, () => changed(crossing, "reduce-lv", { name: "a", extents: "8" }), "4096", "512");
  t.same(sizes(changed(crossing, "reduce-lv", { name: "a", extents: "12" })), [512, 4096]);
});

t.test("copies have the LV's own block size, whatever is allowed", async (t) => {
  const before = create(vgWithBlocks([10, 512], [20, 4096], [10, 512]), { extents: "6", pv: [pvId(0)] });
  t.same(shown(changed(before, "mirror", { name: "a", mirrors: 1 }), "a"), [
    "0: current 6@0 meta 1@0",
    "1: rebuild 6@2 meta 1@2",
  ]);
  refused(
    t,
    () => changed(before, "mirror", { name: "a", mirrors: 1, pv: [pvId(1)] }),
    /as it has; 80 MiB free: 20 on PV 0+1 with blocks of 4096; .*with such blocks$/,
  );
  refused(t, () => changed(before, "mirror", { name: "a", mirrors: 2 }));
  const unequal = vgWithBlocks([4, 512], [4, 4096]);
  const crossing = { extents: "3", mirrors: 1, "allow-mixed-blocks": true };
  refused(t, () => create(unequal, crossing), "512", "4096", "all of them have blocks of one size");
});

t.test("a move ends on PVs of the same block size, or when told of a larger one", async (t) => {
  const small = create(vgWithBlocks([10, 512], [10, 4096], [4, 512]), { extents: "6", pv: [pvId(0)] });
  const move = (metadata: Metadata, given: object) =>
    changed(metadata, "move", { name: "a", from: pvId(0), ...given });
  refused(t, () => move(small, {}), /as it has.*--allow-mixed-blocks/);
  refused(t, () => move(small, { to: [pvId(1)] }));
  const moving = move(small, { to: [pvId(1)], "allow-mixed-blocks": true });
  t.same(sizes(moving), [512, 4096]);
  t.same(sizes(changed(moving, "move", { name: "a", finish: true })), [4096]);
  refused(t, () => changed(moving, "move", { name: "a", abort: true }), "4096", "512");
  t.same(
    sizes(changed(moving, "move", { name: "a", abort: true, "allow-mixed-blocks": true })),
    [512],
    "given up while it is down",
  );
  const large = create(vgWithBlocks([10, 4096], [10, 512], [9, 4096]), { extents: "6", pv: [pvId(0)] });
  t.same(sizes(move(large, {})), [4096]);
  refused(t, () => move(large, { to: [pvId(1)], "allow-mixed-blocks": true }), /smaller when the move ends/);
});

t.test("a stripe is at least one block of each PV that it lies on", async (t) => {
  const K16 = 16384;
  const vg = vgWithBlocks([8, K16], [8, K16], [12, 512], [12, 512], [8, K16], [8, K16]);
  const striped = { extents: "4", stripes: 2 };
  for (const [given, PV] of [
    [{ ...striped, "stripe-size": "8k", pv: [pvId(0), pvId(1)] }, "PV 0+,"],
    [{ ...striped, "stripe-size": "4k", pv: [pvId(2), pvId(0)], "allow-mixed-blocks": true }, "PV 0+,"],
  ] as const)
    t.throws(() => create(vg, given), {
      code: "USAGE",
      message: new RegExp(`^LV a with stripes of .* cannot lie on ${PV} which has logical blocks of 16 KiB`),
    });
  for (const size of ["16k", "64k"])
    t.same(sizes(create(vg, { ...striped, "stripe-size": size, pv: [pvId(0), pvId(1)] })), [K16]);

  const small = create(vg, { ...striped, "stripe-size": "4k", pv: [pvId(2), pvId(3)] });
  const anywhere = { "allow-mixed-blocks": true };
  const onLarge = { ...anywhere, pv: [pvId(4), pvId(5)] };
  refused(
    t,
    () => changed(small, "extend-lv", { name: "a", extents: "+4", ...onLarge }),
    "at least one block",
  );
  const move = { name: "a", from: pvId(2), to: [pvId(4), pvId(5)], ...anywhere };
  refused(t, () => changed(small, "move", move), "at least one block");
  const blocks = { pv: [pvId(2), pvId(3)], "block-size": "16k", ...anywhere };
  refused(t, () => changed(small, "pv-blocks", blocks), "at least one block");
  // What has come about otherwise is no reason to refuse what mends it.
  const odd = { ...small, pvs: small.pvs.map((pv) => ({ ...pv, blockBytes: K16 })) };
  t.equal(lvOf(changed(odd, "rename-lv", { name: "a", to: "b" }), "b").name, "b");
});

t.test("pv-blocks takes down another size, and says of which LVs", async (t) => {
  const before = create(vgWithBlocks([10, 512], [10, 512]), { extents: "6", mirrors: 1 });
  const take = (given: object) => changed(before, "pv-blocks", { "block-size": "4k", ...given });
  refused(t, () => take({ pv: [pvId(0), pvId(1)] }), "LV a has blocks of 512 bytes and would get 4096");
  refused(t, () => take({ pv: [pvId(0)], "allow-mixed-blocks": true }), "one size");
  t.same(sizes(take({ pv: [pvId(0), pvId(1)], "allow-mixed-blocks": true })), [4096]);
  for (const size of ["3s", "128k", "0b"])
    t.throws(() => changed(before, "pv-blocks", { pv: [pvId(0)], "block-size": size }), { code: "USAGE" });
  // A PV that no LV is on needs no leave.
  t.match(changed(vgWithBlocks([1, 512]), "pv-blocks", { pv: [pvId(0)], "block-size": "4k" }).pvs, [
    { blockBytes: 4096 },
  ]);
});

t.test("a leg that is lost with its PV does not keep an LV from going on", async (t) => {
  const before = create(vgWithBlocks([10, 4096], [10, 4096]), { extents: "6", mirrors: 1 });
  const pvs = before.pvs.map((pv, index) => ({ ...pv, blockBytes: index === 0 ? 512 : 4096 }));
  const odd = { ...before, pvs };
  t.match(shown(changed(odd, "missing-pv", { pv: [pvId(0)] }), "a"), [/^0: stale/, /^1: current/]);
});

t.test("a VG says when its PVs begin to differ", async (t) => {
  told.length = 0;
  const add = { verb: "add-pv", size: "40M" };
  batched(vgWithBlocks([4, 512]), [
    { ...add, id: "a".repeat(32) },
    { ...add, id: "b".repeat(32), "block-size": "4k" },
    { ...add, id: "c".repeat(32), "block-size": "4k" },
  ]);
  t.match(told, [/^the PVs of VG vg have logical blocks of 512 and 4096 bytes/]);
  t.equal(told.length, 1);
});

t.test("what is no block size is no metadata", async (t) => {
  for (const blockBytes of [1536, 65536 * 2]) {
    const metadata = vgWithBlocks([4, blockBytes]);
    t.throws(() => checkMetadata({ ...metadata, vg: { ...metadata.vg, extentSize: 8 } }, "BAD_INPUT"), {
      code: "BAD_INPUT",
      message: /of which no extent is made/,
    });
  }
});
