import type { SnapshotSegment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";
import { type Lv, lengthOf } from "../volume/model.ts";
import { kindOf } from "../volume/types/index.ts";
import { snapshotIn, usefulStore } from "../volume/types/snapshot.ts";
import { extentsIn } from "../volume/types/type.ts";
import type { Workspace } from "../volume/workspace.ts";

export const merge = change({
  name: "merge",
  summary: "Give an LV back what it held when a snapshot of it was taken",
  description:
    "What was written to the snapshot counts too. Neither of the two may be in use when it begins; from " +
    "then on the origin shows the result, and nothing leads back. The kernel copies in the meantime; " +
    "--finish then lets the snapshot go, once all of it is where it belongs. With --later it begins when " +
    "the VG is next activated, until when --abort gives it up.",
  examples: ["--name before", "--name before --later", "--name before --finish"],
  options: {
    name: { summary: "The snapshot's name or id", required: true },
    later: { summary: "Begin when its origin next comes up", type: "flag" },
    force: { summary: "Even if other snapshots of the origin may overflow, and be lost", type: "flag" },
    finish: { summary: "End it: the snapshot goes", type: "flag" },
    abort: { summary: "Give it up, which works only until it has begun", type: "flag" },
  },
  groups: [{ give: "at-most-one", of: ["later", "finish", "abort"] }],
  apply(workspace, { name, later, force, finish, abort }, { tell }) {
    const lv = workspace.lv(name);
    const segment = segmentOf(lv);
    if ((finish || abort) && segment.merge === undefined) return tell(`LV ${lv.name} is not being merged`);
    if (finish) return end(workspace, lv, segment);
    if (abort) return giveUp(workspace, lv, segment);
    const state = later ? "requested" : "begun";
    if (segment.merge === "begun" || segment.merge === state)
      return tell(`the merge of LV ${lv.name} is ${segment.merge} already`);
    const origin = workspace.lv(segment.origin);
    refuseOthers(workspace, origin, lv, force);
    workspace.putLv({ ...lv, segments: [{ ...segment, merge: state }] });
  },
});

/** @throws DvmError UNSUPPORTED for what is no snapshot that can be merged */
function segmentOf(lv: Lv): SnapshotSegment {
  const segment = snapshotIn(lv);
  if (segment) return segment;
  const [first] = lv.segments;
  throw new DvmError(
    "UNSUPPORTED",
    `LV ${lv.name} is ${first && kindOf(first)}: only a snapshot can be merged`,
  );
}

/** Whoever applies the change checks that the kernel has put everything back. */
function end(workspace: Workspace, lv: Lv, { merge }: SnapshotSegment): void {
  if (merge !== "begun")
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `the merge of LV ${lv.name} has not begun: manip merge --name ${lv.name} begins it`,
    );
  workspace.dropLv(lv);
}

function giveUp(workspace: Workspace, lv: Lv, { merge, ...segment }: SnapshotSegment): void {
  if (merge === "begun")
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `the merge of LV ${lv.name} has begun, and its origin is part of it by now: let it end, then ` +
        `manip merge --name ${lv.name} --finish`,
    );
  workspace.putLv({ ...lv, segments: [segment] });
}

/**
 * What goes back overwrites the origin, and what it overwrites goes to the other snapshots first.
 * @throws DvmError IN_USE, READ_ONLY, NO_SPACE naming those that could overflow
 */
function refuseOthers(workspace: Workspace, origin: Lv, lv: Lv, force: boolean): void {
  if (origin.access === "ro")
    throw new DvmError("READ_ONLY", `LV ${origin.name} is read-only: nothing can be put back into it`);
  const { extentSize } = workspace.vg;
  const others = workspace
    .wrappersOf(origin)
    .filter(({ id }) => id !== lv.id)
    .map((each) => ({ name: each.name, segment: segmentOf(each) }));
  const busy = others.find(({ segment }) => segment.merge !== undefined);
  if (busy)
    throw new DvmError(
      "IN_USE",
      `LV ${busy.name} is being merged into LV ${origin.name}: let that end first`,
    );
  const tight = others.filter(
    ({ segment }) => extentsIn(segment.store) < usefulStore(lengthOf(origin), segment.chunkSize, extentSize),
  );
  const [first] = tight;
  if (!first || force) return;
  const most = usefulStore(lengthOf(origin), first.segment.chunkSize, extentSize);
  throw new DvmError(
    "NO_SPACE",
    `the stores of other snapshots could overflow: ${tight.map(({ name }) => name).join(", ")}: ` +
      `manip extend-lv --name ${first.name} --extents ${most} makes that one safe, and --force takes the ` +
      "risk",
    { details: { snapshots: tight.map(({ name }) => name) } },
  );
}
