/** The operations on a set of three regions, each from the state in which it has something to do. */
import { abort } from "../../src/core/replicate/abort.ts";
import { commit } from "../../src/core/replicate/commit.ts";
import { format } from "../../src/core/replicate/format.ts";
import { prepare } from "../../src/core/replicate/prepare.ts";
import type { RegionSys } from "../../src/core/replicate/set/region-set.ts";
import { sync } from "../../src/core/replicate/sync.ts";
import { addresses, contentOf, type Images, PAGE, runOn } from "./region-world.ts";

export const PAGES = 32;
export const regions = addresses(3, PAGES);
export const OLD = contentOf("old", 4 * PAGE);
export const NEW = contentOf("new", 3 * PAGE + 9);
const EMPTY = Buffer.alloc(0);
export type Operation = (sys: RegionSys) => Promise<unknown>;

export const prepared: Operation = (sys) => prepare(sys, regions, NEW, { newEpoch: false });
export const aged: Operation[] = [
  (sys) => format(sys, regions, { force: false }),
  (sys) => prepare(sys, regions, OLD, { newEpoch: false }),
  (sys) => commit(sys, regions),
];
const missed: Operation[] = [
  ...aged,
  (sys) => prepare(sys, regions.slice(0, 2), NEW, { newEpoch: true }),
  (sys) => commit(sys, regions.slice(0, 2)),
];

export interface Row {
  readonly name: string;
  readonly before: readonly Operation[];
  readonly operation: Operation;
  /** Content before and after; read of a set that was decided either way gives one of them. */
  readonly old: Buffer | null;
  readonly next: Buffer;
  /** What it fails with when all is as before, besides IO and DEADLINE. */
  readonly codes: readonly string[];
}
export const rows: readonly Row[] = [
  { name: "format", before: [], operation: aged[0] as Operation, old: null, next: EMPTY, codes: [] },
  { name: "prepare", before: aged, operation: prepared, old: OLD, next: NEW, codes: ["OUT_OF_SYNC"] },
  {
    name: "commit",
    before: [...aged, prepared],
    operation: (sys) => commit(sys, regions),
    old: OLD,
    next: NEW,
    codes: ["OUT_OF_SYNC"],
  },
  {
    name: "abort",
    before: [...aged, prepared],
    operation: (sys) => abort(sys, regions),
    old: OLD,
    next: NEW,
    codes: ["OUT_OF_SYNC"],
  },
  {
    name: "sync",
    before: missed,
    operation: (sys) => sync(sys, regions, regions.slice(0, 2), { force: false }),
    old: NEW,
    next: NEW,
    codes: ["OUT_OF_SYNC"],
  },
];

export async function imagesAfter(before: readonly Operation[]): Promise<Images> {
  let images: Images = regions.map(() => Buffer.alloc(PAGES * PAGE));
  for (const step of before) {
    const { after, error } = await runOn(images, step);
    if (error) throw error;
    images = after;
  }
  return images;
}
