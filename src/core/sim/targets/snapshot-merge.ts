import { isMerge } from "../../dm/snapshot-roles.ts";
import { TargetRefusal } from "../../dm/targets/target.ts";
import { constructSnapshot, handOver, statusOfSnapshot } from "./snapshot.ts";
import { type SimTarget, WRITE } from "./target.ts";

export const snapshotMerge: SimTarget = {
  construct: (line, around) =>
    constructSnapshot(line, around, (source, others) => {
      if (others.some(({ type }) => isMerge(type))) throw new TargetRefusal("A snapshot is already merging.");
      if (source.store === "N")
        throw new TargetRefusal("Snapshot exception store does not support snapshot-merge.");
    }),
  resume: handOver,
  status: statusOfSnapshot,
  ownMode: [0, WRITE],
};
