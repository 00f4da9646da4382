/** The options that say where an LV's extents shall lie, and their reading. */
import type { Extents } from "../base/units.ts";
import type { ParameterGroup, ParameterSpec, Parameters } from "../port/parameters.ts";
import { giveBack, tryAllocate } from "./allocate.ts";
import { type AllocationRequest, type Policy, policies } from "./allocation.ts";
import type { Amount } from "./amount.ts";
import { blockBytesOf } from "./blocks.ts";
import type { Lv } from "./model.ts";
import type { Shape } from "./shape.ts";
import type { FreeSpace, Space } from "./space.ts";
import type { Workspace } from "./workspace.ts";

export const placementOptions = {
  policy: {
    summary: "How extents are chosen: contiguous, cling, normal (the default) or anywhere",
    choices: policies,
    placeholder: "POLICY",
  },
  pv: { summary: "Use only this PV, named by id or tag", many: true, names: "pv" },
} as const satisfies Parameters;

/** For the verbs that may let an LV lie on PVs of several logical block sizes. */
export const mixedBlocksOption = {
  summary: "Let the LV, which must not be in use, lie on PVs of several block sizes: its own may get larger",
  type: "flag",
} as const satisfies ParameterSpec;

export const amountOptions = {
  size: { summary: "Size, as 10G; rounded up to whole extents", placeholder: "SIZE" },
  extents: { summary: "Size in extents: N, N%FREE or N%VG", placeholder: "N" },
} as const satisfies Parameters;

/** How an amount is given: in one way. */
export const oneAmount = { give: "one", of: ["size", "extents"] } as const satisfies ParameterGroup;

/** A request whose length is still to be set. */
export type Placement = Omit<AllocationRequest, "length">;

/** Where extents may be looked for. */
export type AllocationBounds = Pick<AllocationRequest, "policy" | "pvs" | "named" | "blockBytes" | "mixed">;

/** The values of placementOptions, and of mixedBlocksOption where the verb has it. */
export interface PlacementWords {
  readonly policy?: Policy | undefined;
  readonly pv: readonly string[];
  readonly "allow-mixed-blocks"?: boolean;
}

/** @throws DvmError NOT_FOUND for an unknown PV */
export function readPlacement(
  workspace: Workspace,
  lv: Lv | undefined,
  shape: Shape,
  words: PlacementWords,
): Placement {
  const { tracks, apart, metaLength } = shape;
  return { tracks, apart, metaLength, ...readPlace(workspace, lv, words) };
}

/**
 * Policy, usable PVs and block size alone. @param lv undefined for a new one. @throws DvmError as
 * readPlacement
 */
export function readPlace(workspace: Workspace, lv: Lv | undefined, words: PlacementWords): AllocationBounds {
  const { policy = "normal", pv } = words;
  return {
    policy,
    pvs: usable(workspace, pv),
    named: pv.length > 0,
    blockBytes: lv && blockBytesOf(lv, workspace.pvs),
    mixed: words["allow-mixed-blocks"],
  };
}

/**
 * How many extents an amount is for this LV. A share of FREE is one of the largest LV of this shape that the
 * policy could place; a share of VG is one of all extents that the VG has.
 */
export function extentsOf(amount: Amount, workspace: Workspace, shape: Shape, placement: Placement): Extents {
  if ("extents" in amount) return amount.extents;
  const whole =
    amount.of === "FREE"
      ? largest(workspace, placement) * shape.width
      : [...workspace.pvs.values()].reduce((sum, { extents }) => sum + extents, 0);
  return Math.floor((whole * amount.percent) / 100);
}

function usable(workspace: Workspace, words: readonly string[]): readonly FreeSpace[] {
  const named = words.length > 0 ? new Set(workspace.pvsOf(words).map(({ id }) => id)) : undefined;
  return workspace.space
    .all()
    .filter(({ pv }) => workspace.pvs.get(pv)?.allocatable && (named?.has(pv) ?? true));
}

/** The most extents per track that can be placed, spared ones too. */
function largest({ space }: Workspace, placement: Placement): Extents {
  const released = space.release(Number.POSITIVE_INFINITY, placement.pvs);
  const length = largestOf(space, placement);
  space.spare(released);
  return length;
}

/** By trying: the policies are too many for a formula. */
function largestOf(space: Space, placement: Placement): Extents {
  const fits = (length: Extents): boolean => {
    const placed = tryAllocate(space, { ...placement, length });
    giveBack(space, placed ?? []);
    return placed !== undefined;
  };
  let low = 0;
  let high = placement.pvs.reduce((sum, { total }) => sum + total, 0);
  if (high > 0 && fits(high)) return high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
