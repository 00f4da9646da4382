/** Conditions on rows, each with the rows that it leaves. */
import fc from "fast-check";
import t from "tap";
import { DvmError } from "../../../src/core/base/error.ts";
import type { Column, Row } from "../../../src/core/report/column.ts";
import { compareText } from "../../../src/core/report/compare.ts";
import { parseSelection } from "../../../src/core/report/select.ts";
import { sortRows } from "../../../src/core/report/sort.ts";

const column = (name: string, kind: Column["kind"]): Column => ({ name, kind, usual: true, summary: "" });
const columns = [
  column("name", "text"),
  column("size", "sectors"),
  column("pvs", "count"),
  column("sync", "percent"),
  column("missing", "flag"),
  column("tags", "list"),
];
const rows: readonly Row[] = [
  { name: "a1", size: 2048, pvs: 1, sync: null, missing: false, tags: [] },
  { name: "a2", size: 2097152, pvs: 2, sync: 99.9, missing: true, tags: ["db", "hot"] },
  { name: "b (x)", size: 4194304, pvs: 10, sync: 100, missing: null, tags: ["cold"] },
];
const left = (text: string): string => {
  const selection = parseSelection(text, columns);
  return rows.flatMap((row, index) => (selection(row) ? [String(index)] : [])).join("");
};

for (const [text, expected] of [
  ["name=a1", "0"],
  ["name = a1", "0"],
  ["name!=a1", "12"],
  ["name==a1", ""],
  ["name=~^a", "01"],
  ["name!~^a", "2"],
  ["name>a1", "12"],
  ['name="b (x)"', "2"],
  ['name="b \\(x\\)"', "2"],
  ['name=~"[(]x"', "2"],
  ["size>1M", "12"],
  ["size>=1G", "12"],
  ["size<1G", "0"],
  ["size=2048s", "0"],
  ["size<=1024k", "0"],
  ["pvs=10", "2"],
  ["pvs>1", "12"],
  ["sync<100", "1"],
  ["sync>=99.9%", "12"],
  ["sync=100", "2"],
  ["sync!=100", "01"],
  ["missing", "1"],
  ["!missing", "02"],
  ["missing=false", "0"],
  ["missing!=false", "12"],
  ["tags=db", "1"],
  ["tags!=db", "02"],
  ["tags=~^.o", "12"],
  ['tags!~""', "0"],
  ["name=a1 || name=a2", "01"],
  ["name=a1||name=a2&&size>2G", "0"],
  ["(name=a1||name=a2)&&size>1M", "1"],
  ["!(name=a1||name=a2)", "2"],
  ["!!name=a1", "0"],
  ["! missing && !(tags=cold)", "0"],
] as const) {
  t.test(text, async (t) => t.equal(left(text), expected));
}

for (const [text, pattern] of [
  ["", /expected the name of a column at its end/],
  ["nme=a", /no column "nme"; there is name, size, pvs/],
  ["name", /expected one of =~ /],
  ["name=", /expected a value/],
  ["name=a b", /expected && or \|\| at "b"/],
  ["name=a &", /expected && or \|\| at "&"/],
  ["(name=a", /expected \) at its end/],
  ["name=a)", /expected && or/],
  ['name="a', /expected a value/],
  ["size>1", /size "1" is no size/],
  ["size=~1", /size is no text/],
  ["pvs>x", /pvs is a number/],
  ["pvs>1.5", /pvs is a number/],
  ["missing=yes", /missing is true or false/],
  ["missing>false", /missing is a flag/],
  ["name=~[", /expected a value|no regular expression/],
  ['name=~"["', /no regular expression/],
  ["constructor=a", /no column "constructor"/],
  [`${"(".repeat(5000)}name=a`, /nested too deeply/],
] as const) {
  t.test(`refused: ${text.slice(0, 40)}`, async (t) => {
    t.throws(() => parseSelection(text, columns), { code: "USAGE", message: pattern });
  });
}

t.test("any text is a selection or is refused with USAGE", async () => {
  const token = fc.constantFrom(
    "name",
    "size",
    "tags",
    "missing",
    "=",
    "!=",
    "=~",
    "<",
    "(",
    ")",
    "!",
    "&&",
    "||",
    '"',
    "1G",
    "a",
    " ",
    "\\",
    "[",
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 20 }), (tokens) => {
      try {
        const selection = parseSelection(tokens.join(""), columns);
        return rows.every((row) => typeof selection(row) === "boolean");
      } catch (error) {
        return error instanceof DvmError && error.code === "USAGE";
      }
    }),
    { seed: 1, numRuns: 5000 },
  );
});

t.test("text is ordered by its numbers, and totally", async (t) => {
  for (const [a, b] of [
    ["lv9", "lv10"],
    ["lv", "lv0"],
    ["a1b2", "a1b10"],
    ["a", "b"],
    ["lv01", "lv1"],
    ["1", "a"],
    ["B", "a"],
    ["9007199254740993", "9007199254740994"],
  ] as const) {
    t.ok(compareText(a, b) < 0, `${a} before ${b}`);
    t.ok(compareText(b, a) > 0);
  }
  const text = fc.string({ unit: fc.constantFrom("a", "b", "0", "1", "9", "-"), maxLength: 6 });
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      const sign = (x: string, y: string) => Math.sign(compareText(x, y));
      const transitive = !(sign(a, b) <= 0 && sign(b, c) <= 0) || sign(a, c) <= 0;
      return sign(a, b) === -sign(b, a) && (sign(a, b) === 0) === (a === b) && transitive;
    }),
    { seed: 2, numRuns: 5000 },
  );
});

t.test("equal rows keep their order", async (t) => {
  const twins = [3, 1, 2].map((pvs) => ({ ...rows[0], name: "same", pvs }));
  t.same(
    sortRows(twins, "name", columns).map(({ pvs }) => pvs),
    [3, 1, 2],
  );
  t.same(
    sortRows(twins, "-name,pvs", columns).map(({ pvs }) => pvs),
    [1, 2, 3],
  );
});
