/** LVM2's types that dvm has something for. */
import type { TextSegment } from "../model.ts";
import { striped } from "./striped.ts";
import type { LvmType } from "./type.ts";

const byName = new Map<string, LvmType>(
  [striped].flatMap((type) => type.names.map((name) => [name, type] as const)),
);

/** @param name as texts have it; one with flags behind a + is another type */
export const lvmType = (name: string): LvmType | undefined => byName.get(name);

/** How a segment's type is called for which dvm has none. */
export function foreignName({ type, areas }: TextSegment): string {
  const below = areas.find(({ lv }) => lv !== undefined)?.lv;
  return `lvm2:${type}${below === undefined ? "" : ` on ${below}`}`.slice(0, 100);
}
