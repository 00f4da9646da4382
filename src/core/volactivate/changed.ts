import { isDeepStrictEqual } from "node:util";
import type { Lv, Metadata } from "../../schema/index.ts";
import { checkMetadata } from "../volume/check.ts";

/** An LV that a change makes, or lays out otherwise. */
export interface ChangedLv {
  readonly lv: Lv;
  /** undefined: it is new. */
  readonly was: Lv | undefined;
}

/**
 * The LVs of `next` that lie otherwise than in `old`; of thousands, few do. @throws DvmError as checkMetadata
 */
export function changedLvs(old: Metadata, next: Metadata): readonly ChangedLv[] {
  const { byId } = checkMetadata(old, "BAD_INPUT");
  return next.lvs
    .filter((lv, index) => old.lvs[index] !== lv)
    .map((lv) => ({ lv, was: byId.get(lv.id) }))
    .filter(({ lv, was }) => !was || !isDeepStrictEqual(was.segments, lv.segments));
}
