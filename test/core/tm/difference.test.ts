import fc from "fast-check";
import t from "tap";
import { differenceOf } from "../../../src/core/tm/difference.ts";

const between = (old: unknown, next: unknown) =>
  differenceOf(Buffer.from(JSON.stringify(old)), Buffer.from(JSON.stringify(next)));

t.test("where two documents differ", async (t) => {
  const table: [old: unknown, next: unknown, entries: object[]][] = [
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, { a: 2 }, [{ at: "/a", old: 1, new: 2 }]],
    [{ a: null }, {}, [{ at: "/a", old: null }]],
    [{}, { a: 0 }, [{ at: "/a", new: 0 }]],
    [{ a: [] }, { a: {} }, [{ at: "/a", old: [], new: {} }]],
    [
      [1, 2],
      [1, 3, 4],
      [
        { at: "/1", old: 2, new: 3 },
        { at: "/2", new: 4 },
      ],
    ],
    [1, "1", [{ at: "", old: 1, new: "1" }]],
    [{ "a/b": { "~": 1 } }, { "a/b": { "~": 2 } }, [{ at: "/a~1b/~0", old: 1, new: 2 }]],
    [{ l: [] }, { l: [{ id: "x" }] }, [{ at: "/l/x", new: { id: "x" } }]],
    [
      { l: [{ id: "x", n: 1 }, { id: "y" }] },
      { l: [{ id: "y" }, { id: "x", n: 2 }] },
      [{ at: "/l/x/n", old: 1, new: 2 }],
    ],
    [{ l: [{ id: "x" }, { id: "x" }] }, { l: [{ id: "x" }] }, [{ at: "/l", old: [{}, {}], new: [{}] }]],
    [JSON.parse('{"__proto__":1}'), {}, [{ at: "/__proto__", old: 1 }]],
  ];
  for (const [old, next, entries] of table) {
    const found = between(old, next).entries;
    t.match(found, entries, JSON.stringify([old, next]));
    t.equal(found.length, entries.length);
  }
});

t.test("nothing is said of equal documents, something of others", async () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(json, (value) => between(value, structuredClone(value)).entries.length === 0),
    {
      seed: 1,
    },
  );
  fc.assert(
    fc.property(
      json,
      json,
      (one, other) =>
        between(one, other).entries.length > 0 ||
        JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)),
    ),
    { seed: 2, numRuns: 1000 },
  );
});

t.test("more than anybody reads is counted only", async (t) => {
  const many = Array.from({ length: 10_005 }, (_, n) => ({ id: `${n}` }));
  const { entries, leftOut } = between([], many);
  t.equal(entries.length, 10_000);
  t.equal(leftOut, 5);
});

/** The order of keys, and of records with ids, means nothing; what fast-check makes has no such records. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, each]) => [key, sorted(each)]),
  );
}
