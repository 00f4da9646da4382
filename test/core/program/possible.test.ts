import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { checkProgram } from "../../../src/core/program/check.ts";
import { bitsOf, findBits, possible, union, withBits } from "../../../src/core/program/possible.ts";
import type { Instruction } from "../../../src/schema/index.ts";

t.test("the tree is as good as arrays", async (t) => {
  const change = fc.record({ side: fc.boolean(), at: fc.nat(), value: fc.integer({ min: 0, max: 63 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2500 }), fc.array(change, { maxLength: 40 }), (size, changes) => {
      const arrays = [Array<number>(size).fill(1), Array<number>(size).fill(1)] as const;
      const common = possible(arrays[0]);
      const trees = [common, common];
      for (const { side, at, value } of changes) {
        const index = side ? 1 : 0;
        arrays[index][at % size] = value;
        trees[index] = withBits(trees[index] ?? common, at % size, value);
      }
      const [a = common, b = common] = trees;
      const both = union(a, b);
      const expected = arrays[0].map((bits, at) => bits | (arrays[1][at] ?? 0));
      for (let at = 0; at < size; at += 1) {
        assert.equal(bitsOf(a, at), arrays[0][at]);
        assert.equal(bitsOf(both, at), expected[at]);
      }
      for (const wanted of [2, 12, 32]) {
        const found = expected.findIndex((bits) => (bits & wanted) !== 0);
        assert.equal(findBits(both, wanted), found < 0 ? undefined : found);
      }
      assert.equal(union(a, a), a);
      assert.equal(union(both, a), both, "nothing is made anew that is there");
    }),
    { numRuns: 300, seed: 8 },
  );
  t.equal(findBits(possible([]), 1), undefined);
  t.equal(bitsOf(possible([]), 0), 0);
});

t.test("among thousands of devices the one that is forgotten is found", async (t) => {
  const instructions: Instruction[] = [];
  const count = 3000;
  for (let index = 0; index < count; index += 1)
    instructions.push({ op: "create", name: `d${index}`, uuid: "DVM-d" });
  instructions.push({ op: "suspend", name: "d2047" });
  t.throws(() => checkProgram({ instructions }), { message: /with d2047 suspended/ });
  instructions.push(
    { op: "jmp-fail", to: count + 5 },
    { op: "clear", name: "d2047" },
    { op: "jmp-fail", to: count + 4 },
  );
  instructions.push({ op: "remove", name: "d2047" });
  t.throws(() => checkProgram({ instructions }), { message: /with d2047 suspended/ });
});
