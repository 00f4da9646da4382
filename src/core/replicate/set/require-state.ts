/** The doors of operations: what the set must be, else a refusal that says why. */
import { DvmError } from "../../base/error.ts";
import { listOf, outOfSync } from "./explain.ts";
import type { RegionSet } from "./region-set.ts";
import { isUsable, type SetState, type Usable } from "./set-state.ts";

/** In sync: clean, preparing or committing. @throws DvmError OUT_OF_SYNC */
export function requireInSync({ views, state }: RegionSet): {
  readonly views: readonly Usable[];
  readonly state: Extract<SetState, { content: unknown }>;
} {
  if (!("content" in state) || !views.every(isUsable)) throw outOfSync(views, state);
  return { views, state };
}

/** Clean. @throws DvmError OUT_OF_SYNC, ALREADY_PREPARED */
export function requireClean(set: RegionSet): readonly Usable[] {
  const { views, state } = requireInSync(set);
  if (state.kind === "preparing")
    throw new DvmError("ALREADY_PREPARED", `a transaction is prepared already: ${howToEnd(state.complete)}`);
  if (state.kind === "committing")
    throw new DvmError("ALREADY_PREPARED", "a transaction is half committed already: commit it first");
  return views;
}

/** Every region must take writes before the first is written to. @throws DvmError READ_ONLY */
export function requireWritable(views: readonly RegionSet["views"][number][]): void {
  const readOnly = views.filter((view) => view.readOnly);
  const [first] = readOnly;
  if (!first) return;
  const which = listOf(readOnly.map(({ place }) => place.index));
  throw new DvmError("READ_ONLY", `region ${which}: ${first.readOnly}`, {
    details: { regions: readOnly.map(({ place }) => place.index) },
  });
}

/** The highest transaction id that any region has seen. */
export const highestTxidOf = (views: readonly Usable[]): number =>
  views.reduce((highest, { superblock }) => Math.max(highest, superblock.highestTxid), 0);

const howToEnd = (complete: boolean): string => (complete ? "commit or abort it first" : "abort it first");
