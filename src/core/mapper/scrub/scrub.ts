/**
 * Compares what the legs of an array have. md counts what does not agree and does not tell where; here all is
 * read in user space, and what does not agree is read again: only what is the same and wrong both times
 * counts, since a live LV may have been written in between.
 */
import { defined } from "../../base/assert.ts";
import type { Bytes, Sectors } from "../../base/units.ts";
import type { Raid } from "../../dm/targets/raid.ts";
import type { BlockDevice } from "../../port/block.ts";
import { BLOCK, unlikeCopies, wrongInRow } from "./blocks-of-row.ts";
import { contentOfBlock, type Group, groupsOf } from "./places.ts";

export interface Mismatch {
  /** Of the array's content. */
  readonly start: Sectors;
  readonly length: Sectors;
  /** Places in the table of the legs that do not agree. */
  readonly legs: readonly number[];
  /** The one of them that is wrong, where that can be told. */
  readonly wrong: number | undefined;
}

/** So often is read again what changes while it is looked at. */
const LOOKS = 5;

/**
 * @param legs in the order of the table
 * @param pause waits a moment, so that a write under way comes to its end
 * @param found is told each block that does not agree
 * @returns false for a level that has everything once
 */
export async function scrub(
  raid: Raid,
  length: Sectors,
  legs: readonly BlockDevice[],
  pause: () => void,
  found: (mismatch: Mismatch) => void,
): Promise<boolean> {
  const groups = groupsOf(raid, length);
  if (!groups) return false;
  for (const group of groups) for (const mismatch of await wrongIn(group, legs, pause)) found(mismatch);
  return true;
}

async function wrongIn(
  group: Group,
  legs: readonly BlockDevice[],
  pause: () => void,
): Promise<readonly Mismatch[]> {
  let seen = await look(group, legs);
  for (let again = 1; seen.size > 0 && again < LOOKS; again += 1) {
    pause();
    const next = await look(group, legs);
    const still = [...next].filter(([at]) => seen.has(at));
    const isSteady = still.every(([at, block]) => block.bytes.equals(defined(seen.get(at), "a block").bytes));
    seen = new Map(still);
    if (isSteady) return still.map(([at, { leg }]) => mismatchOf(group, at, leg));
  }
  return [];
}

interface Seen {
  /** What all parts have there. */
  readonly bytes: Buffer;
  readonly leg: number | undefined;
}

/** The blocks that do not agree, by their beginnings. */
async function look(group: Group, legs: readonly BlockDevice[]): Promise<Map<Bytes, Seen>> {
  const read = await Promise.all(
    group.parts.map(async ({ leg, at }) => {
      const buffer = Buffer.alloc(group.bytes);
      await defined(legs[leg], "a leg of the table").read(at, buffer);
      return buffer;
    }),
  );
  const wrong = group.row
    ? wrongInRow(group.row, read)
    : unlikeCopies(read).map((at) => ({ at, leg: undefined }));
  return new Map(
    wrong.map(({ at, leg }) => {
      const bytes = Buffer.concat(read.map((each) => each.subarray(at, at + BLOCK)));
      return [at, { bytes, leg }];
    }),
  );
}

function mismatchOf(group: Group, at: Bytes, wrong: number | undefined): Mismatch {
  const legs = wrong === undefined ? group.parts.map(({ leg }) => leg) : [wrong];
  const block = Math.min(BLOCK, group.bytes - at);
  return { ...contentOfBlock(group, at, block, wrong), legs, wrong };
}
