import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { checkProgram } from "../../../src/core/dmexec/check.ts";
import { PossibleTrees } from "../../../src/core/dmexec/possible.ts";
import type { Instruction } from "../../../src/schema/index.ts";

t.test("the trees are as good as arrays", async (t) => {
  const change = fc.record({ side: fc.boolean(), at: fc.nat(), value: fc.integer({ min: 0, max: 63 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2500 }), fc.array(change, { maxLength: 40 }), (size, changes) => {
      const arrays = [new Uint8Array(size).fill(1), new Uint8Array(size).fill(1)] as const;
      const trees = new PossibleTrees(size);
      const common = trees.tree(arrays[0]);
      const made = [common, common];
      for (const { side, at, value } of changes) {
        const index = side ? 1 : 0;
        arrays[index][at % size] = value;
        made[index] = trees.withBits(made[index] ?? common, at % size, value);
      }
      const [a = common, b = common] = made;
      const both = trees.union(a, b);
      const expected = arrays[0].map((bits, at) => bits | (arrays[1][at] ?? 0));
      for (let at = 0; at < size; at += 1) {
        assert.equal(trees.bitsOf(a, at), arrays[0][at]);
        assert.equal(trees.bitsOf(both, at), expected[at]);
      }
      assert.equal(
        trees.any(both),
        expected.reduce((all, bits) => all | bits, 0),
      );
      for (const wanted of [2, 12, 32]) {
        const found = expected.findIndex((bits) => (bits & wanted) !== 0);
        assert.equal(trees.findBits(both, wanted), found < 0 ? undefined : found);
      }
      assert.equal(trees.union(b, a), both);
      assert.equal(trees.union(a, a), a);
      assert.equal(trees.union(both, a), both);
      for (const [index, bits] of [...arrays, expected].entries())
        assert.equal(trees.tree(bits), [a, b, both][index], "what is equal is one tree");
    }),
    { numRuns: 300, seed: 8 },
  );
  const none = new PossibleTrees(0);
  t.equal(none.findBits(none.tree(new Uint8Array(0)), 1), undefined);
  t.equal(none.bitsOf(none.tree(new Uint8Array(0)), 0), 0);
});

for (const size of [32, 100])
  t.test(`many trees of ${size} devices, made of one another, are kept apart`, async (t) =>
    t.equal(mixed(size), undefined),
  );

/** @returns what is wrong */
function mixed(size: number): string | undefined {
  const trees = new PossibleTrees(size);
  const first = new Uint8Array(size);
  const pool = [{ bits: first, tree: trees.tree(first) }];
  const numbers = new Map([[first.join(" "), trees.tree(first)]]);
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  for (let turn = 0; turn < 20_000; turn += 1) {
    const one = pool[random(pool.length)] ?? { bits: first, tree: 0 };
    const other = pool[random(pool.length)] ?? one;
    // Often the first of four devices: then the words of leaves are small, as numbers of trees are.
    const device = random(2) === 0 ? 4 * random(size / 4) : random(size);
    const value = random(2) === 0 ? random(16) : random(64);
    const unite = random(2) === 0;
    const bits = one.bits.map((own, at) =>
      unite ? own | (other.bits[at] ?? 0) : at === device ? value : own,
    );
    const tree = unite ? trees.union(one.tree, other.tree) : trees.withBits(one.tree, device, value);
    const text = bits.join(" ");
    const wrong = bits.findIndex((own, at) => trees.bitsOf(tree, at) !== own);
    const all = bits.reduce((any, own) => any | own, 0);
    if (wrong >= 0 || trees.any(tree) !== all || (numbers.get(text) ?? tree) !== tree)
      return `turn ${turn}, device ${wrong}`;
    numbers.set(text, tree);
    // New ones often begin anew, or all would soon have all bits.
    const kept = random(8) === 0 ? { bits: first, tree: trees.tree(first) } : { bits, tree };
    if (pool.length < 30) pool.push(kept);
    else pool[random(30)] = kept;
  }
  return numbers.size > 5000 ? undefined : `only ${numbers.size} trees`;
}

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
