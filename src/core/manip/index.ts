/** Every change that manip can make, by itself or in a batch. */
import type { ChangeVerb } from "../volume/change.ts";
import { addPv } from "./add-pv.ts";
import { cache } from "./cache.ts";
import { convert } from "./convert.ts";
import { createLv } from "./create-lv.ts";
import { createPool } from "./create-pool.ts";
import { createThin } from "./create-thin.ts";
import { extendLv } from "./extend-lv.ts";
import { legState } from "./leg-state.ts";
import { merge } from "./merge.ts";
import { mirror } from "./mirror.ts";
import { missingPv } from "./missing-pv.ts";
import { move } from "./move.ts";
import { policy } from "./policy.ts";
import { pvBlocks } from "./pv-blocks.ts";
import { pvSize } from "./pv-size.ts";
import { reduceLv } from "./reduce-lv.ts";
import { removeLv } from "./remove-lv.ts";
import { removePv } from "./remove-pv.ts";
import { renameLv } from "./rename-lv.ts";
import { renameVg } from "./rename-vg.ts";
import { repair } from "./repair.ts";
import { snapshot } from "./snapshot.ts";
import { tag } from "./tag.ts";
import { uncache } from "./uncache.ts";

const all = [
  addPv,
  removePv,
  missingPv,
  pvBlocks,
  pvSize,
  createLv,
  createPool,
  createThin,
  extendLv,
  reduceLv,
  mirror,
  legState,
  move,
  convert,
  repair,
  snapshot,
  merge,
  cache,
  uncache,
  removeLv,
  renameLv,
  renameVg,
  tag,
  policy,
] as const;

/** Any of them, with its name and the specs of its options. */
export type Change = (typeof all)[number];

// Each is called only with values of its own option specs: readOptions and the shell see to that.
export const changes = all as readonly unknown[] as readonly ChangeVerb[];
