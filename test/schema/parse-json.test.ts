/** Every reader of a document understands the same, and none runs out of memory or stack over it. */
import fc from "fast-check";
import t from "tap";
import { parseDocument, parseJson } from "../../src/schema/index.ts";
import { parseText } from "../../src/schema/parse-json.ts";
import { whereJsonEnds } from "../../src/schema/where-json-ends.ts";
import { vgOf } from "../lib/volumes.ts";

const parsed = (text: string) => parseJson(Buffer.from(text), "it");

t.test("a key that is there twice is refused, with its place", async (t) => {
  for (const [text, pointer] of [
    ['{"a":1,"a":1}', "/a"],
    ['{"a":1,"b":{"c":[0,{"d":1,"e":2,"d":3}]}}', "/b/c/1/d"],
    ['[[],[{}],{"x":"a:b","y":",","x":0}]', "/2/x"],
    ['{"a":{"a":{"a":1}},"b":[1,2,{"a":1}],"b":3}', "/b"],
    ['{"a":1,"\\u0061":2}', "/a"],
    ['{"":1,"":2}', "/"],
    ['{"a/b~c":1,"a/b~c":2}', "/a~1b~0c"],
    ['{"__proto__":1,"__proto__":2}', "/__proto__"],
    ['{"quote\\"":[],"back\\\\":[],"quote\\"":1}', '/quote"'],
    ['{ "a" : 1 ,\n "a" : 2 }', "/a"],
    ['{"1":1,"01":2,"1":3}', "/1"],
  ] as const)
    t.throws(
      () => parsed(text),
      { code: "BAD_INPUT", message: `it: key ${JSON.stringify(pointer)} is there twice` },
      text,
    );
});

t.test("everything else is as JSON.parse has it", async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      t.same(parseText(text), JSON.parse(text));
    }),
    { numRuns: 200 },
  );
  for (const text of ['{"a":1', '{"a"}', "[1,]", '"', '{"a":"\\', "{]"])
    t.throws(() => parsed(text), { code: "BAD_INPUT", message: /is no JSON/ }, text);
});

t.test("where it ends", async (t) => {
  for (const [text, column] of [
    ['{"a":1', 7],
    ['{"a" 1}', 6],
    ["{a:1}", 2],
    ["[1,]", 4],
    ["[1}", 3],
    ["[] x", 4],
    ['["\\q"]', 4],
    ['["\\u12x"]', 7],
    ['"a\tb"', 3],
    ['"open\\"', 8],
    ["[01]", 3],
    ["[1.]", 4],
    ["[-e]", 3],
    ["[1e+]", 5],
    ["[nul]", 5],
    ["+1", 1],
    [" \u00e9", 2],
  ] as const)
    t.throws(
      () => parsed(text),
      { message: new RegExp(`^it: is no JSON: at byte [0-9]+, line 1, column ${column}$`) },
      text,
    );
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom(undefined, 1),
      (value, cut, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const at = cut % (text.length + 1);
        t.equal(whereJsonEnds(text.slice(0, at)), at, "it can go on, since it did");
        t.equal(whereJsonEnds(`${text}]`), text.length, "behind the end nothing goes on");
      },
    ),
    { numRuns: 200 },
  );
});

t.test("what is deep", async (t) => {
  const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  t.same(parsed(deep(64)), JSON.parse(deep(64)));
  for (const text of [deep(65), deep(1_000_000), "[".repeat(1_000_000), '{"a":'.repeat(100_000)])
    t.throws(() => parsed(text), { code: "BAD_INPUT", message: /deeper than 64 levels/ });
  t.same(parsed(JSON.stringify(deep(1000))), deep(1000), "in a string it is a string");
});

t.test("what is many", async (t) => {
  const many = Buffer.alloc(2 * ((1 << 24) + 2), "0,");
  many.write("[");
  many.write("]", many.length - 1);
  t.throws(() => parseJson(many, "it"), { code: "BAD_INPUT", message: /more than 16777216 values/ });
});

t.test("metadata that is laid out", async (t) => {
  const id = "0".repeat(32);
  const { lvs, ...head } = vgOf(10);
  const text = JSON.stringify({ ...head, lvs });
  const lv = (name: string) =>
    `{"id":"${id}","name":"${name}","access":"rw","activate":true,"tags":["x"],"segments":[{"type":"linear","start":0,"length":1,"area":{"pv":"${id}","start":0}}]}`;
  const read = (record: string) =>
    parseDocument("metadata", Buffer.from(text.replace('"lvs":[]}', `"lvs":[${record}\n]}\n`)), "M");
  t.equal(read(lv("a")).lvs[0]?.name, "a");
  t.throws(() => read(lv("a").replace('"name"', '"name":"b","name"')), {
    code: "BAD_INPUT",
    message: /M: key "\/lvs\/0\/name" is there twice/,
  });
  t.throws(
    () => parseDocument("metadata", Buffer.from(text.replace('"version":1', '"version":1,"version":1')), "M"),
    {
      message: /"\/version" is there twice/,
    },
  );
});
