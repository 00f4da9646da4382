import { cache } from "./cache.ts";
import { mirror } from "./mirror.ts";
import { raid } from "./raid.ts";
import { snapshot } from "./snapshot.ts";
import { snapshotMerge } from "./snapshot-merge.ts";
import { striped } from "./striped.ts";
import type { SimTarget } from "./target.ts";
import { thin } from "./thin.ts";
import { thinPool } from "./thin-pool.ts";
import { writecache } from "./writecache.ts";

const byType: ReadonlyMap<string, SimTarget> = new Map(
  Object.entries({
    striped,
    mirror,
    raid,
    snapshot,
    "snapshot-merge": snapshotMerge,
    "thin-pool": thinPool,
    thin,
    cache,
    writecache,
  }),
);

const PLAIN: SimTarget = {};

/** What the target of that type does; nothing of its own for one without a file. */
export const simTargetOf = (type: string): SimTarget => byType.get(type) ?? PLAIN;
