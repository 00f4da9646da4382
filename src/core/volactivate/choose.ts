import type { Lv, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";

/** The LVs that names or ids mean, each once; all of them when none is given. @throws DvmError NOT_FOUND */
export function chooseLvs({ vg, lvs }: Metadata, words: readonly string[]): readonly Lv[] {
  if (words.length === 0) return lvs;
  const byName = new Map(lvs.map((lv) => [lv.name, lv]));
  const byId = new Map(lvs.map((lv) => [lv.id, lv]));
  for (const lv of vg.foreign ? lvs : []) byId.set(lv.foreign?.id ?? "", lv);
  const chosen = words.map((word) => {
    const lv = byName.get(word) ?? byId.get(vg.foreign ? word.replaceAll("-", "") : word);
    if (!lv) throw new DvmError("NOT_FOUND", `VG ${vg.name} has no LV ${word}`);
    return lv;
  });
  return [...new Set(chosen)];
}
