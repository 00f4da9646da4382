/**
 * What the chunks of a row of raid4, raid5 or raid6 are, by those that there are: parity by data, and lost
 * ones by the others.
 */
import { assert } from "../../../base/assert.ts";
import { addTimes, inverse, powerOf } from "./galois.ts";
import type { ParityRow } from "./parity-layout.ts";

/** By leg, all of one length: undefined where it is lost. */
export type Blocks = (Uint8Array | undefined)[];

/** Puts P and Q of the data where they belong. All data must be there. */
export function fillParity(row: ParityRow, blocks: Blocks): void {
  blocks[row.p] = sumOf(row, blocks, () => 1);
  if (row.q !== undefined) blocks[row.q] = sumOf(row, blocks, powerIn(row));
}

/**
 * Puts the data that are lost where they belong. @returns false when too much is lost, and nothing has
 * changed
 */
export function fillData(row: ParityRow, blocks: Blocks): boolean {
  const lost = row.data.filter((leg) => !blocks[leg]);
  const p = blocks[row.p];
  const q = row.q === undefined ? undefined : blocks[row.q];
  if (lost.length > [p, q].filter(Boolean).length) return false;
  const [x, y] = lost;
  const factor = powerIn(row);
  if (x !== undefined && y !== undefined) {
    assert(p && q, "two chunks of data are lost, and not both of P and Q are there");
    // Dx + Dy = P', gx Dx + gy Dy = Q', both without what the other data add.
    const sum = plus(
      p,
      sumOf(row, blocks, () => 1),
    );
    const weighed = plus(q, sumOf(row, blocks, factor));
    addTimes(weighed, factor(y), sum);
    blocks[x] = times(inverse(factor(x) ^ factor(y)), weighed);
    blocks[y] = plus(sum, blocks[x]);
  } else if (x !== undefined && p) {
    blocks[x] = plus(
      p,
      sumOf(row, blocks, () => 1),
    );
  } else if (x !== undefined && q) {
    blocks[x] = times(inverse(factor(x)), plus(q, sumOf(row, blocks, factor)));
  }
  return true;
}

const powerIn =
  ({ powers }: ParityRow) =>
  (leg: number): number =>
    powerOf(powers[leg] ?? 0);

/** Of the data that there are. */
function sumOf({ data }: ParityRow, blocks: Blocks, factor: (leg: number) => number): Uint8Array {
  const sum = new Uint8Array(blocks.find(Boolean)?.length ?? 0);
  for (const leg of data) {
    const block = blocks[leg];
    if (block) addTimes(sum, factor(leg), block);
  }
  return sum;
}

const plus = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const sum = Uint8Array.from(a);
  addTimes(sum, 1, b);
  return sum;
};

function times(factor: number, block: Uint8Array): Uint8Array {
  const product = new Uint8Array(block.length);
  addTimes(product, factor, block);
  return product;
}
