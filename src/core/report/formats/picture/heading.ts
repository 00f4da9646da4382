import { formatSize } from "../../../base/units.ts";
import type { Value } from "../../column.ts";
import type { Shown } from "./shown.ts";

/** What stands above all. */
export function heading({ vg }: Shown): { title: string; words: string; isWell: boolean } {
  const size = (value: Value | undefined): string => (typeof value === "number" ? formatSize(value) : "?");
  const missing = typeof vg["missing"] === "number" && vg["missing"] > 0 ? [`${vg["missing"]} missing`] : [];
  const isWell = missing.length === 0 && (vg["availability"] === "complete" || vg["availability"] === null);
  const counted = [`${vg["pvs"]} PVs`, `${vg["lvs"]} LVs`, `${size(vg["free"])} of ${size(vg["size"])} free`];
  const words = [...counted, ...missing, ...(isWell ? [] : [String(vg["availability"])])].join(", ");
  return { title: `VG ${vg["name"]}`, words, isWell };
}
