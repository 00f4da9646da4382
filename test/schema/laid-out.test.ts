/** Metadata read by its layout: the same value, or the same refusal, as by way of JSON and the schema. */
import fc from "fast-check";
import t from "tap";
import { encodeLv } from "../../src/core/volume/record.ts";
import { serialise } from "../../src/core/volume/serialise.ts";
import {
  checkDocument,
  knownTexts,
  type Metadata,
  parseDocument,
  parseJson,
} from "../../src/schema/index.ts";
import { batched, lvOf, vgOf } from "../lib/volumes.ts";

const seed = Number(process.env["DVM_SEED"] ?? 4_711);

const vg = batched(vgOf(400, 400, 400), [
  ...Array.from({ length: 40 }, (_, n) => ({ verb: "create-lv", name: `lv${n}`, extents: 1 + (n % 3) })),
  { verb: "create-lv", name: "ro", extents: 2, "read-only": true, inactive: true },
  { verb: "create-lv", name: "tagged", extents: 2, tag: ["role=db", "site:berlin/rack-4", "@x", "a"] },
  { verb: "create-lv", name: "striped", extents: 6, stripes: 3 },
  { verb: "create-lv", name: "two", extents: 4, mirrors: 1 },
  { verb: "extend-lv", name: "lv3", extents: "+7" },
  { verb: "remove-lv", name: "lv5" },
]);
const text = serialise(vg).toString("latin1");

/** What is made of it without a glance at its layout. */
const plainly = (bytes: Buffer): Metadata =>
  checkDocument("metadata", parseJson(bytes, "metadata document of the test"), "of the test");

function outcome(read: (bytes: Buffer) => Metadata, changed: string): unknown {
  try {
    return read(Buffer.from(changed, "utf8"));
  } catch (error) {
    return String(error);
  }
}
const byLayout = (bytes: Buffer): Metadata => parseDocument("metadata", bytes, "of the test");

t.test(
  "what is laid out is read by its layout, and each text found is the one that would be written",
  async (t) => {
    const read = byLayout(Buffer.from(text));
    t.strictSame(read, plainly(Buffer.from(text)));
    const texts = knownTexts(read.lvs);
    t.same(texts.length, read.lvs.length);
    for (const [index, lv] of read.lvs.entries())
      if (texts[index] !== undefined) t.equal(texts[index], encodeLv(lv), lv.name);
    const others = read.lvs.filter((_, index) => texts[index] === undefined).map(({ name }) => name);
    t.same(others.sort(), ["lv3", "striped", "tagged", "two"], "all others go through JSON");
  },
);

const plain = encodeLv(lvOf(vg, "lv0"));
const opening = `],"lvs":[`;
const head = text.slice(0, text.indexOf(opening));
const document = (records: string, end = "]}\n") => `${head}${opening}\n${records}\n${end}`;
const twice = (record: string) => record.replace(/"id":"./, '"id":"f').replace('"lv0"', '"lv00"');

const rows: readonly (readonly [what: string, text: string])[] = [
  ["no LVs", document("")],
  ["one", document(plain)],
  ["two", document(`${plain}\n,${twice(plain)}`)],
  ["two on one line", document(`${plain},${twice(plain)}`)],
  ["a comma at the end of a line", document(`${plain},\n${twice(plain)}`)],
  ["a comma too many", document(`${plain},`)],
  ["two commas", document(`${plain}\n,,${twice(plain)}`)],
  ["no comma", document(`${plain}\n${twice(plain)}`)],
  ["a comma first", document(`,${plain}`)],
  ["white space before it", document(`   ${plain}`)],
  ["a tab", document(`\t${plain}`)],
  ["carriage returns", document(plain).replaceAll("\n", "\r\n")],
  ["a record on two lines", document(plain.replace(',"access"', '\n,"access"'))],
  ["white space in a record", document(plain.replace(":1,", ": 1,"))],
  ["a plain record inside of another", document(`{"x":[1\n,${plain}\n,2]},{}`)],
  ["an unknown key", document(plain.replace('"tags"', '"more":1,"tags"'))],
  ["__proto__", document(plain.replace('"tags"', '"__proto__":1,"tags"'))],
  ["a key twice", document(plain.replace('"tags"', '"tags":["x"],"tags"'))],
  ["an id in capitals", document(plain.replace(/"id":"./, '"id":"F'))],
  ["a name that is too long", document(plain.replace('"lv0"', `"${"x".repeat(101)}"`))],
  ["a name of a hundred", document(plain.replace('"lv0"', `"${"x".repeat(100)}"`))],
  ["a name with a dash first", document(plain.replace('"lv0"', '"-lv0"'))],
  ["a name that is no ASCII", document(plain.replace('"lv0"', '"lvä"'))],
  ["no name", document(plain.replace('"name":"lv0",', ""))],
  ["an escape in a name", document(plain.replace('"lv0"', '"lv\\u0030"'))],
  ["a number with a zero first", document(plain.replace('"length":1', '"length":01'))],
  ["a number with an exponent", document(plain.replace('"length":1', '"length":1e3'))],
  ["the largest number", document(plain.replace('"length":1', '"length":9007199254740991'))],
  ["a number too large", document(plain.replace('"length":1', '"length":9007199254740992'))],
  ["a negative number", document(plain.replace('"length":1', '"length":-1'))],
  ["a segment that begins later", document(plain.replace('"start":0,', '"start":1,'))],
  ["something behind the LVs", document(plain, '],"more":1}\n')],
  ["PVs behind the LVs", document(plain, '],"pvs":[]}\n')],
  ["the LVs twice", document(plain, `],"lvs":[]}\n`)],
  ["the LVs twice, the second on lines", document(plain, `${opening}\n${twice(plain)}\n]}\n`)],
  ["LVs before, too", document(plain).replace('"pvs"', '"lvs":[1],"pvs"')],
  ["nothing behind", document(plain, "")],
  ["no brace", document(plain, "]\n")],
  ["a second document", document(plain, "]}\n{}")],
  ["a newer version", document(plain).replace('"version":1', '"version":2')],
  ["no version", document(plain).replace('"version":1,', "")],
  ["another format", document(plain).replace("dvm-metadata", "dvm-metadatum")],
  ["an unknown key before", document(plain).replace('"pvs"', '"more":1,"pvs"')],
  ["PVs that are none", document(plain).replace(/"pvs":\[[\s\S]*\],"lvs"/, '"pvs":[null],"lvs"')],
  ["an odd segment", document(plain.replace('"type":"linear"', '"type":"odd"'))],
];

t.test("every other text gives what JSON and the schema make of it", async (t) => {
  for (const [what, changed] of rows)
    t.strictSame(outcome(byLayout, changed), outcome(plainly, changed), what);
});

t.test("so does every text with something changed in it", async (t) => {
  const pieces = [
    "",
    " ",
    "\n",
    ",",
    "{",
    "}",
    "[",
    "]",
    '"',
    "0",
    "9",
    "f",
    "ä",
    "],",
    `${plain}\n,`,
    opening,
  ];
  const lines = text.split("\n");
  const edit = fc.record({ at: fc.nat(text.length), drop: fc.nat(3), put: fc.constantFrom(...pieces) });
  let admitted = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), fc.nat(lines.length), (edits, moved) => {
      let changed = [...lines.slice(moved), ...lines.slice(0, moved)].join("\n");
      if (edits.length === 1) changed = text;
      for (const { at, drop, put } of edits)
        changed = `${changed.slice(0, at)}${put}${changed.slice(at + drop)}`;
      const [ours, theirs] = [outcome(byLayout, changed), outcome(plainly, changed)];
      if (typeof ours !== "string") admitted += 1;
      return JSON.stringify(ours) === JSON.stringify(theirs);
    }),
    { seed, numRuns: 3000 },
  );
  t.comment(`measured ${admitted} of 3000 texts were admitted, seed ${seed}`);
  t.ok(admitted > 100, "enough were");
});
