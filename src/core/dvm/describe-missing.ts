import type { PvRow } from "../../schema/index.ts";
import { formatSize } from "../base/units.ts";
import type { Finding } from "./finding.ts";

/** In a message: the id of a device, but not one that is to be typed. */
const AN_ID = /(?<!--\S+ )\b[0-9a-f]{32}\b/g;

/** How many LVs are named. */
const MANY = 4;

/**
 * Says of missing PVs, whose path nothing records, what the metadata knows of them: size, tags, and where all
 * of the VG is spoken of which LVs lie on them.
 * @param pvs with id, state, size, tags and lvs
 */
export function describeMissing(pvs: readonly PvRow[], findings: readonly Finding[]): readonly Finding[] {
  const missing = new Map(pvs.flatMap((pv) => (pv.state === "missing" ? [[pv.id ?? "", pv] as const] : [])));
  return findings.map((each) => ({
    ...each,
    text: each.text.replace(AN_ID, (id) => {
      const pv = missing.get(id);
      return pv
        ? `${id} (${[...partsOf(pv), ...(each.code === "vg-missing" ? [usedBy(pv)] : [])].join(", ")})`
        : id;
    }),
  }));
}

const partsOf = ({ size = 0, tags = [] }: PvRow): readonly string[] => [
  formatSize(size),
  ...(tags.length > 0 ? [`tagged ${tags.join(", ")}`] : []),
];

function usedBy({ lvs = [] }: PvRow): string {
  if (lvs.length === 0) return "nothing lies on it";
  const more = lvs.length > MANY ? ` and ${lvs.length - MANY} more` : "";
  return `under ${lvs.slice(0, MANY).join(", ")}${more}`;
}
