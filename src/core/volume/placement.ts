/** The options that say where an LV's extents shall lie, and their reading. */
import { DvmError } from "../base/error.ts";
import type { Extents } from "../base/units.ts";
import { tryAllocate } from "./allocate.ts";
import { type AllocationRequest, type Policy, policies } from "./allocation.ts";
import type { Amount } from "./amount.ts";
import type { OptionSpecs } from "./change.ts";
import type { Shape } from "./shape.ts";
import type { FreeSpace } from "./space.ts";
import type { Workspace } from "./workspace.ts";

export const placementOptions = {
  policy: {
    summary: "How extents are chosen: contiguous, cling, normal (the default) or anywhere",
    placeholder: "POLICY",
  },
  pv: { summary: "Use only this PV, named by id or tag", many: true },
} as const satisfies OptionSpecs;

export const amountOptions = {
  size: { summary: "Size, as 10G; rounded up to whole extents", placeholder: "SIZE" },
  extents: { summary: "Size in extents: N, N%FREE or N%VG", placeholder: "N" },
} as const satisfies OptionSpecs;

/** A request whose length is still to be set. */
export type Placement = Omit<AllocationRequest, "length">;

/** The values of placementOptions. */
export interface PlacementWords {
  readonly policy?: string | undefined;
  readonly pv: readonly string[];
}

/** @throws DvmError USAGE for an unknown policy, NOT_FOUND for an unknown PV */
export function readPlacement(workspace: Workspace, shape: Shape, words: PlacementWords): Placement {
  const { tracks, apart, metaLength } = shape;
  return { tracks, apart, metaLength, ...readPlace(workspace, words) };
}

/** Policy and usable PVs alone. @throws DvmError as readPlacement */
export function readPlace(
  workspace: Workspace,
  { policy = "normal", pv }: PlacementWords,
): Pick<Placement, "policy" | "pvs"> {
  if (!isPolicy(policy))
    throw new DvmError("USAGE", `no policy "${policy}": there is ${policies.join(", ")}`);
  return { policy, pvs: usable(workspace, pv) };
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

const isPolicy = (word: string): word is Policy => (policies as readonly string[]).includes(word);

function usable(workspace: Workspace, words: readonly string[]): readonly FreeSpace[] {
  const named = words.length > 0 ? new Set(workspace.pvsOf(words).map(({ id }) => id)) : undefined;
  return workspace.space
    .all()
    .filter(({ pv }) => workspace.pvs.get(pv)?.allocatable && (named?.has(pv) ?? true));
}

/** The most extents per track that can be placed, by trying: the policies are too many for a formula. */
function largest({ space }: Workspace, placement: Placement): Extents {
  const fits = (length: Extents): boolean => {
    const placed = tryAllocate(space, { ...placement, length });
    for (const { runs, meta } of placed ?? [])
      for (const run of meta ? [meta, ...runs] : runs) space.give(run);
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
