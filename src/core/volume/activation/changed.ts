import type { Lv, Metadata } from "../../../schema/index.ts";
import { sameJson } from "../../base/same-json.ts";

/** An LV that a change makes, or lays out otherwise. */
export interface ChangedLv {
  readonly lv: Lv;
  /** undefined: it is new. */
  readonly was: Lv | undefined;
}

/** The LVs of `next` that lie otherwise than in `old`; of thousands, few do. */
export function changedLvs(old: Metadata, next: Metadata): readonly ChangedLv[] {
  const before = new Map(old.lvs.map((lv) => [lv.id, lv]));
  return next.lvs.flatMap((lv) => {
    const was = before.get(lv.id);
    return was && sameJson(was.segments, lv.segments) ? [] : [{ lv, was }];
  });
}
