/** Looks at every region and tells what they amount to. Never refuses. */
import type { ReplicateStatus } from "../../schema/index.ts";
import { SECTORS_PER_PAGE } from "../base/units.ts";
import type { RegionAddress } from "./disk/place.ts";
import { describeState } from "./set/describe.ts";
import { standingOf } from "./set/explain.ts";
import { type RegionSys, withRegionSet } from "./set/region-set.ts";
import type { RegionView } from "./set/region-view.ts";
import { isUsable } from "./set/set-state.ts";

/** @throws DvmError BAD_REGION only */
export const status = (sys: RegionSys, regions: readonly RegionAddress[]): Promise<ReplicateStatus> =>
  withRegionSet(sys, regions, { write: false, thorough: true }, async ({ views, state }) => {
    const { newest, relations, advice } = standingOf(views, state);
    return {
      state: state.kind,
      advice,
      txid: "content" in state ? state.content.root.state.txid : null,
      active: newest && describeState(newest),
      prepared: state.kind === "preparing" && state.shadow ? describeState(state.shadow) : null,
      regions: views.map((view, index) => describeRegion(view, relations[index] ?? "unusable")),
    };
  });

type RegionStatus = ReplicateStatus["regions"][number];

function describeRegion(view: RegionView, relation: RegionStatus["relation"]): RegionStatus {
  const { place, superblock, failure, problems } = view;
  const { index, path, offset, length } = place;
  return {
    index,
    path,
    offset: offset / 512,
    length: length * SECTORS_PER_PAGE,
    state: regionState(view),
    relation,
    regionId: superblock?.regionId ?? null,
    sequence: superblock?.sequence ?? null,
    highestTxid: superblock?.highestTxid ?? null,
    active: view.active && describeState(view.active),
    shadow: view.shadow && describeState(view.shadow),
    error: failure && { code: failure.code, message: failure.message },
    problems: [...problems],
  };
}

function regionState(view: RegionView): RegionStatus["state"] {
  const { failure, superblock } = view;
  if (failure) return failure.code === "CORRUPT" || failure.code === "UNSUPPORTED" ? "corrupt" : "unreadable";
  if (!isUsable(view)) return "unformatted";
  return superblock?.shadow ? "prepared" : "clean";
}
