/** Whether what the legs of an array have at one place agrees, block by block. */
import { defined } from "../../base/assert.ts";
import type { Bytes } from "../../base/units.ts";
import { type Blocks, fillData, fillParity } from "../../dm/targets/raid/parity.ts";
import type { ParityRow } from "../../dm/targets/raid/parity-layout.ts";

/** Compared at a time. */
export const BLOCK: Bytes = 4096;

/** The beginnings of blocks in which copies differ. */
export function unlikeCopies(copies: readonly Uint8Array[]): Bytes[] {
  const [first, ...others] = copies;
  if (!first) return [];
  return blocksOf(first.length).filter((at) =>
    others.some((copy) => !isSame(copy.subarray(at, at + BLOCK), first.subarray(at, at + BLOCK))),
  );
}

export interface WrongBlock {
  readonly at: Bytes;
  /** The leg that is wrong, where two parities tell; undefined: it may be any. */
  readonly leg: number | undefined;
}

/** Blocks in which parity is not that of the data. @param legs what each has, all of one length */
export function wrongInRow(row: ParityRow, legs: readonly Uint8Array[]): WrongBlock[] {
  return blocksOf(defined(legs[0], "a leg").length).flatMap((at) => {
    const blocks = legs.map((leg) => leg.subarray(at, at + BLOCK));
    return isParityOf(row, blocks) ? [] : [{ at, leg: wrongLeg(row, blocks) }];
  });
}

const blocksOf = (length: Bytes): Bytes[] =>
  Array.from({ length: Math.ceil(length / BLOCK) }, (_, n) => n * BLOCK);

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function isParityOf(row: ParityRow, blocks: Blocks): boolean {
  const computed = [...blocks];
  fillParity(row, computed);
  return parities(row).every((leg) =>
    isSame(defined(computed[leg], "parity"), defined(blocks[leg], "the parity's leg")),
  );
}

const parities = ({ p, q }: ParityRow): readonly number[] => (q === undefined ? [p] : [p, q]);

/** With two parities: the only leg without which all the others agree. */
function wrongLeg(row: ParityRow, blocks: Blocks): number | undefined {
  if (row.q === undefined) return undefined;
  const [only, ...more] = [...blocks.keys()].filter((leg) => agreeWithout(row, blocks, leg));
  return more.length === 0 ? only : undefined;
}

function agreeWithout(row: ParityRow, blocks: Blocks, leg: number): boolean {
  const { p, q } = row;
  if (leg === p || leg === q) {
    const computed = [...blocks];
    fillParity(row, computed);
    return parities(row).every(
      (each) => each === leg || isSame(defined(computed[each], "parity"), defined(blocks[each], "a leg")),
    );
  }
  const others = [...blocks];
  others[leg] = undefined;
  return fillData(row, others) && isParityOf(row, others);
}
