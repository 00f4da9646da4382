/** The validators as they are generated, against ajv with the same schemas. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import t from "tap";
import { validate } from "../../src/schema/generated/validate.ts";

/** Whole, with the segments of all volume types. */
const directory = new URL("../../src/schema/generated/", import.meta.url);
const schemas = readdirSync(directory)
  .filter((name) => name.endsWith(".schema.json"))
  .map((name) => JSON.parse(readFileSync(new URL(name, directory), "utf8")));
const ajv = new Ajv({ schemas, discriminator: true, strictRequired: false, strictTypes: false });
const isProgram = ajv.getSchema("program.schema.json");
const isLabel = ajv.getSchema("label.schema.json");

const judged = (value: unknown) => ({
  program: validate.program(value),
  label: validate.label(value),
});
const wanted = (value: unknown) => ({ program: isProgram?.(value), label: isLabel?.(value) });

const numbers = [0, -0, 1, -1, 0.5, 100, 101, 125, 126, 2 ** 24, 2 ** 53 - 1, 2 ** 53, 1e300];
const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
/** As long as UTF-16 counts, and half as long. */
const texts = [1, 63, 64, 100, 101, 127, 128, 129, 255, 4096].flatMap((length) => [
  "x".repeat(length),
  "\u{1f4be}".repeat(length),
  `${"\u{1f4be}".repeat(length)}x`,
  "\ud83d".repeat(length),
]);
const others = [null, undefined, true, {}, [], "", new Number(1), new String("x")];
const values: readonly unknown[] = [...numbers, ...odd, ...texts, ...others];

t.test("each bound is where the schema has it", async (t) => {
  const instructions = (value: unknown): unknown[] => [
    { op: "jmp", to: value },
    { op: "exit", status: value },
    { op: "create", name: value, uuid: "DVM-" },
    { op: "create", name: "a", uuid: value },
    { op: "remove", name: "a", attempts: value },
    { op: "load", name: "a", table: [{ start: value, length: 1, type: "linear", params: "" }] },
    { op: "load", name: "a", table: [{ start: 0, length: value, type: "linear", params: "" }] },
    { op: "load", name: "a", table: [{ start: 0, length: 1, type: value, params: value }] },
    { op: "wait-event", name: "a", eventNr: value, deadlineMs: value },
    { op: "literal", key: value, value },
    { op: value },
    value,
  ];
  let refused = 0;
  let taken = 0;
  for (const value of values)
    for (const each of instructions(value)) {
      const document = { instructions: [each] };
      const { program } = wanted(document);
      if (program) taken += 1;
      else refused += 1;
      if (judged(document).program !== program) t.fail(`not ${program}`, { value, each });
    }
  t.ok(taken > 100 && refused > 200, "of both kinds", { taken, refused });
});

t.test("what may be null", async (t) => {
  const isState = ajv.getSchema("dm-state.schema.json");
  const isResult = ajv.getSchema("program-result.schema.json");
  const line = { start: 0, length: 1, type: "linear", params: "8:0 0" };
  const seen = new Set<unknown>();
  for (const value of [...values, [line], [line, null]]) {
    for (const key of ["table", "inactive"]) {
      const state = { devices: [{ name: "a", uuid: "DVM-", table: null, [key]: value }] };
      t.equal(validate["dm-state"](state), isState?.(state));
      seen.add(isState?.(state));
    }
    const trace = [{ index: 0, op: "list", errno: value, durationUs: 0 }];
    const result = { exit: 0, values: {}, trace };
    t.equal(validate["program-result"](result), isResult?.(result));
    seen.add(isResult?.(result));
  }
  t.same(seen, new Set([true, false]));
});

t.test("whatever is in a document", async (t) => {
  const value = fc.constantFrom(...values);
  const instruction = fc.dictionary(
    fc.constantFrom("op", "name", "uuid", "to", "table", "key", "expect", "status", "other"),
    fc.oneof(value, fc.constantFrom("create", "jmp", "jmp-fail", "info", "exit", "load", "list")),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.record({ instructions: fc.array(instruction, { maxLength: 2 }) }), value),
      (each) => {
        t.strictSame(judged(each), wanted(each));
      },
    ),
    { numRuns: 2000, seed: 3 },
  );
});

/** Objects that take other keys: the options of a change, and what a newer program has written. */
const open = [
  "batch.schema.json/properties/changes/items",
  "comparison.schema.json/definitions/change",
  "desired.schema.json/definitions/lv",
  "findings.schema.json/properties/findings/items/properties/details",
  "metadata.schema.json/definitions/newer",
  "metadata.schema.json/definitions/newer/properties/lvs/items",
  "metadata.schema.json/definitions/newer/properties/pvs/items",
  "metadata.schema.json/definitions/newer/properties/vg",
  "metadata.schema.json/definitions/unknownSegment",
  "program-result.schema.json/properties/values",
];

t.test("each object of each schema, however deep, refuses a key that it does not know", async (t) => {
  let objects = 0;
  const seen: string[] = [];
  const walk = (node: unknown, at: string): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, properties, additionalProperties, oneOf, then } = node as Record<string, unknown>;
    const isLeftToBranches = oneOf !== undefined || then !== undefined;
    if ((properties !== undefined || type === "object") && !/\/(if|else)$/.test(at) && !isLeftToBranches) {
      objects += 1;
      const isMap = properties === undefined && typeof additionalProperties === "object";
      if (additionalProperties !== false && !isMap) seen.push(at);
    }
    for (const [key, value] of Object.entries(node)) walk(value, `${at}/${key}`);
  };
  for (const schema of schemas) walk(schema, schema.$id);
  t.same(seen.sort(), open);
  t.ok(objects > 80, `${objects} objects`);
});

/** Where in a schema an object takes keys that it does not name, `PLACE: what they may be`. */
function openObjects(node: unknown, place: string): string[] {
  if (node === null || typeof node !== "object") return [];
  const { type, properties, additionalProperties } = node as Record<string, unknown>;
  const isOpen = type === "object" && properties !== undefined && additionalProperties !== false;
  return [
    ...(isOpen ? [place] : []),
    ...Object.entries(node).flatMap(([key, value]) => openObjects(value, `${place}/${key}`)),
  ];
}

/** What newer versions and other programs may have written, and options of mutators, which their applets check. */
const OPEN: readonly string[] = [
  "batch.schema.json/properties/changes/items",
  "comparison.schema.json/definitions/change",
  "desired.schema.json/definitions/lv",
  "metadata.schema.json/definitions/newer",
  "metadata.schema.json/definitions/newer/properties/lvs/items",
  "metadata.schema.json/definitions/newer/properties/pvs/items",
  "metadata.schema.json/definitions/newer/properties/vg",
  "metadata.schema.json/definitions/unknownSegment",
];

t.test("a key that nothing reads is refused, but where newer or foreign words are kept", async (t) => {
  const open = schemas.flatMap((schema) => openObjects(schema, String(schema.$id)));
  t.same(open.sort(), OPEN);
});
