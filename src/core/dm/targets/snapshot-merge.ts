import { type Snapshot, type SnapshotStatus, snapshotTarget } from "./snapshot.ts";
import type { Target } from "./target.ts";

/** Takes the place of snapshot-origin while the snapshot's chunks go back into the origin. */
export const snapshotMerge: Target<Snapshot, SnapshotStatus> = {
  ...snapshotTarget("snapshot-merge", [1, 5, 0]),
  standsForOrigin: true,
};
