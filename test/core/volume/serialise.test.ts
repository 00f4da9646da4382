/** The text of the metadata: canonical, and laid out so that a small change touches few pages. */
import fc from "fast-check";
import t from "tap";
import { hostChance } from "../../../src/core/host/process/chance.ts";
import { checkMetadata } from "../../../src/core/volume/check.ts";
import { serialise } from "../../../src/core/volume/serialise.ts";
import { type Lv, type Metadata, parseDocument } from "../../../src/schema/index.ts";
import { batched, changed, pvId, vgOf } from "../../lib/volumes.ts";

const PAGE = 4096;
const seed = Number(process.env["DVM_SEED"] ?? 1_234);
const parse = (text: Buffer): Metadata => parseDocument("metadata", text, "of the test");

function pagesThatDiffer(a: Buffer, b: Buffer): number {
  let count = 0;
  for (let at = 0; at < Math.max(a.length, b.length); at += PAGE)
    if (!a.subarray(at, at + PAGE).equals(b.subarray(at, at + PAGE))) count += 1;
  return count;
}

/** A VG of so many LVs of one extent each, names as a hypervisor would give them. */
function vgOfLvs(count: number): Metadata {
  const chance = hostChance(`serialise ${count}`);
  const vg = vgOf(count + 1000, 1000);
  const lvs = Array.from(
    { length: count },
    (_, n): Lv => ({
      id: chance.id(),
      name: `vm-${n}-disk-0`,
      access: "rw",
      activate: true,
      tags: [],
      segments: [{ type: "linear", start: 0, length: 1, area: { pv: pvId(0), start: n } }],
    }),
  );
  return parse(serialise({ ...vg, lvs }));
}

t.test("one text for one document", async (t) => {
  const vg = batched(vgOf(30, 30), [
    { verb: "create-lv", name: "a", extents: 3 },
    { verb: "create-lv", name: "s", extents: 4, stripes: 2, tag: ["x", "y"] },
    { verb: "create-lv", name: "r", extents: 3, mirrors: 1, "read-only": true, inactive: true },
    { verb: "tag", pv: [pvId(1)], add: ["fast"] },
  ]);
  const text = serialise(vg);
  t.same(parse(text), vg);
  t.ok(serialise(parse(text)).equals(text));
  const reordered = JSON.parse(JSON.stringify(vg, (_, value) => value)) as Metadata;
  reordered.lvs = reordered.lvs.map(
    (lv) => Object.fromEntries(Object.entries(lv).reverse()) as unknown as Lv,
  );
  t.ok(serialise(reordered).equals(text), "the order of keys is not a difference");
  t.match(text.toString("latin1"), /^[\x20-\x7e\n]*$/, "printable ASCII");
  t.equal(text.toString().trimEnd().at(-1), "}");
});

t.test("every page ends a line, so that the text can be read and compared", async (t) => {
  const text = serialise(vgOfLvs(500));
  for (let end = PAGE; end <= text.length; end += PAGE) if (text[end - 1] !== 0x0a) t.fail(`page at ${end}`);
  t.pass();
});

t.test("what a newer program wrote is kept to the letter", async (t) => {
  const [lv] = vgOfLvs(1).lvs;
  const odd = { type: "odd", start: 0, length: 2, "z key": { b: [1, "ä"], a: null } };
  const vg = { ...vgOf(10), lvs: [{ ...lv, segments: [odd] }] } as unknown as Metadata;
  t.same(parse(serialise(vg)), vg);
});

t.test("a change of one LV touches few pages, however many there are", async (t) => {
  const table: [verb: string, options: Record<string, unknown>, limit: number][] = [
    ["create-lv", { name: "new", extents: "1" }, 1],
    ["remove-lv", { name: "vm-7-disk-0" }, 4],
    ["rename-lv", { name: "vm-7-disk-0", to: "vm-7-disk-1" }, 1],
    ["rename-lv", { name: "vm-7-disk-0", to: "x".repeat(90) }, 4],
    ["extend-lv", { name: "vm-7-disk-0", extents: "+1" }, 4],
    ["tag", { lv: ["vm-7-disk-0"], add: ["a"] }, 1],
    ["tag", { add: ["a"] }, 1],
    ["tag", { pv: [pvId(0)], add: ["a"] }, 1],
    ["mirror", { name: "vm-7-disk-0", mirrors: 1, pv: [pvId(1)] }, 4],
    ["rename-vg", { to: "other" }, 1],
  ];
  for (const count of [10, 3000]) {
    const before = vgOfLvs(count);
    const text = serialise(before);
    for (const [verb, options, limit] of table) {
      const pages = pagesThatDiffer(text, serialise(changed(before, verb, options)));
      t.ok(pages >= 1 && pages <= limit, `${verb} of ${count}: ${pages} pages`);
    }
  }
});

t.test("many changes one after the other: each touches few pages, and the text stays tight", async (t) => {
  const change = fc.oneof(
    fc.nat(999).map((n) => ["create", n] as const),
    fc.nat(999).map((n) => ["remove", n] as const),
    fc.nat(999).map((n) => ["lengthen", n] as const),
  );
  let most = 0;
  let changes = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 40, maxLength: 40 }), (list) => {
      let vg = vgOfLvs(300);
      let text = serialise(vg);
      for (const [what, n] of list) {
        const lv = vg.lvs[n % Math.max(1, vg.lvs.length)];
        const next =
          what === "create"
            ? changed(vg, "create-lv", {
                name: `new-${changes}`,
                extents: "1",
                tag: n % 3 ? [] : ["a-rather-long-tag", "and-another-one"],
              })
            : !lv
              ? vg
              : what === "remove"
                ? changed(vg, "remove-lv", { name: lv.id })
                : changed(vg, "tag", {
                    lv: [lv.id],
                    add: Array.from({ length: 1 + (n % 9) }, (_, i) => `tag-${n}-${i}`),
                  });
        checkMetadata(next, "BUG");
        const nextText = serialise(next);
        most = Math.max(most, pagesThatDiffer(text, nextText));
        changes += 1;
        if (!serialise(parse(nextText)).equals(nextText)) return false;
        [vg, text] = [next, nextText];
      }
      return text.length < 4 * 512 * vg.lvs.length + 64 * PAGE;
    }),
    { seed, numRuns: 4 },
  );
  t.comment(`measured at most ${most} pages in ${changes} changes, seed ${seed}`);
  t.ok(most <= 6, `at most ${most} pages`);
});
