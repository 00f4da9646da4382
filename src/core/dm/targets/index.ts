/** All targets by type. */
import { cache } from "./cache.ts";
import { crypt } from "./crypt.ts";
import { error } from "./error.ts";
import { integrity } from "./integrity.ts";
import { linear } from "./linear.ts";
import { mirror } from "./mirror.ts";
import { raid } from "./raid.ts";
import { raw } from "./raw.ts";
import { snapshot } from "./snapshot.ts";
import { snapshotMerge } from "./snapshot-merge.ts";
import { snapshotOrigin } from "./snapshot-origin.ts";
import { striped } from "./striped.ts";
import type { Target } from "./target.ts";
import { thin } from "./thin.ts";
import { thinPool } from "./thin-pool.ts";
import { writecache } from "./writecache.ts";
import { zero } from "./zero.ts";

/** Those whose tables we can read. */
export const targets: readonly Target<unknown>[] = [
  linear,
  striped,
  error,
  zero,
  mirror,
  raid,
  snapshotOrigin,
  snapshot,
  snapshotMerge,
  thinPool,
  thin,
  cache,
  writecache,
  crypt,
];

const known = new Map(targets.map((target) => [target.type, target]));
const byType = new Map([...targets, integrity].map((target) => [target.type, target]));

/** The target of that type; `raw` for one without a file. */
export const targetOf = (type: string): Target<unknown> => byType.get(type) ?? raw(type);

/** Undefined for a type whose tables we cannot read. */
export const knownTarget = (type: string): Target<unknown> | undefined => known.get(type);
