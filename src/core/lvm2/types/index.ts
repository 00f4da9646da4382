/** LVM2's types that dvm has something for. */
import type { Segment } from "../../../schema/index.ts";
import type { TextSegment } from "../model.ts";
import { raid, raidOddities } from "./raid.ts";
import { striped } from "./striped.ts";
import type { Expressed, LvmType, TextNames, Volumes } from "./type.ts";

const all: readonly LvmType[] = [striped, raid];

const byName = new Map<string, LvmType>(
  all.flatMap((type) => type.names.map((name) => [name, type] as const)),
);

/** @param name as texts have it; one with flags behind a + is another type */
export const lvmType = (name: string): LvmType | undefined => byName.get(name);

/**
 * A segment of dvm's in LVM2's words. @returns undefined when it has none for its type
 * @throws DvmError UNSUPPORTED when it has none for this one, going on after "LV x "
 */
export function express(segment: Segment, names: TextNames): Expressed | undefined {
  for (const type of all) {
    const expressed = type.express(segment, names);
    if (expressed) return expressed;
  }
  return undefined;
}

/** How a segment's type is called for which dvm has none. */
export function foreignName(segment: TextSegment, volumes: Volumes): string {
  const { type, areas } = segment;
  const below = areas.find(({ lv }) => lv !== undefined)?.lv;
  const odd = raidOddities(segment, volumes);
  const more = below === undefined ? (odd.length > 0 ? ` with ${odd.join(", ")}` : "") : ` on ${below}`;
  return `lvm2:${type}${more}`.slice(0, 100);
}
