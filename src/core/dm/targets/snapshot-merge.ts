import { snapshotTarget } from "./snapshot.ts";

/** Takes the place of snapshot-origin while the snapshot's chunks go back into the origin. */
export const snapshotMerge = snapshotTarget("snapshot-merge", [1, 5, 0]);
