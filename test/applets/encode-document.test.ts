/** The pieces of a document on stdout are the text of the whole. */
import fc from "fast-check";
import t from "tap";
import { encodeDocument } from "../../src/applets/encode-document.ts";

const seed = Number(process.env["DVM_SEED"] ?? 99);
const textOf = (value: unknown, style: "compact" | "pretty"): string =>
  [...encodeDocument(value, style)].join("");

t.test("any value", async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      return (
        textOf(value, "compact") === `${JSON.stringify(value)}\n` &&
        textOf(value, "pretty") === `${JSON.stringify(value, undefined, 2)}\n`
      );
    }),
    { seed },
  );
  t.pass();
});

t.test("long lists come in pieces, whatever stands around them", async (t) => {
  for (const length of [0, 1, 499, 500, 501, 999, 1000, 1001, 2500]) {
    const long = Array.from({ length }, (_, index) => ({ index, list: [index] }));
    for (const value of [
      { long },
      { a: 1, long, z: "z" },
      { long, also: long, absent: undefined, z: null },
      { absent: undefined, long, last: undefined },
      { inside: { long } },
      long,
    ])
      t.equal(
        textOf(value, "compact"),
        `${JSON.stringify(value)}\n`,
        `${length} in ${Object.keys(value)[0]}`,
      );
  }
  t.equal([...encodeDocument({ long: Array.from({ length: 2500 }, () => 1) }, "compact")].length, 12);
});
