import type { TargetMapper } from "../layer.ts";
import { cache } from "./cache.ts";
import { error } from "./error.ts";
import { linear } from "./linear.ts";
import { mirror } from "./mirror.ts";
import { raid } from "./raid.ts";
import { snapshot } from "./snapshot.ts";
import { snapshotMerge } from "./snapshot-merge.ts";
import { snapshotOrigin } from "./snapshot-origin.ts";
import { striped } from "./striped.ts";
import { thin } from "./thin.ts";
import { zero } from "./zero.ts";

/** The target types that can be mapped without a kernel, or that say what would do. */
export const targets: ReadonlyMap<string, TargetMapper> = new Map(
  Object.entries({
    linear,
    striped,
    error,
    zero,
    raid,
    mirror,
    thin,
    cache,
    writecache: cache,
    snapshot,
    "snapshot-merge": snapshotMerge,
    "snapshot-origin": snapshotOrigin,
  }),
);
