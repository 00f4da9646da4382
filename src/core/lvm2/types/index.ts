/** LVM2's types that dvm has something for. */
import type { TextSegment } from "../model.ts";
import { raid, raidOddities } from "./raid.ts";
import { striped } from "./striped.ts";
import type { LvmType, Volumes } from "./type.ts";

const byName = new Map<string, LvmType>(
  [striped, raid].flatMap((type) => type.names.map((name) => [name, type] as const)),
);

/** @param name as texts have it; one with flags behind a + is another type */
export const lvmType = (name: string): LvmType | undefined => byName.get(name);

/** How a segment's type is called for which dvm has none. */
export function foreignName(segment: TextSegment, volumes: Volumes): string {
  const { type, areas } = segment;
  const below = areas.find(({ lv }) => lv !== undefined)?.lv;
  const odd = raidOddities(segment, volumes);
  const more = below === undefined ? (odd.length > 0 ? ` with ${odd.join(", ")}` : "") : ` on ${below}`;
  return `lvm2:${type}${more}`.slice(0, 100);
}
