import { percent } from "./progress.ts";
import { type Snapshot, type SnapshotStatus, snapshotTarget } from "./snapshot.ts";
import type { Target } from "./target.ts";

/** Takes the place of snapshot-origin while the snapshot's chunks go back into the origin. */
export const snapshotMerge: Target<Snapshot, SnapshotStatus> = {
  ...snapshotTarget("snapshot-merge", [1, 5, 0]),
  modules: ["dm-snapshot"],
  standsForOrigin: true,
  progress: (status) => (status.state === "used" ? { sync: putBack(status) } : {}),
};

/** How much of the store is not to be put back any more; all of it when the merge is done. */
function putBack({ used, metadata }: Extract<SnapshotStatus, { state: "used" }>): number | null {
  const left = used.part - metadata;
  return left === 0 ? 100 : percent({ part: used.whole - left, whole: used.whole });
}
