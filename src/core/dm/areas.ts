import type { TableLine } from "../../schema/index.ts";
import { targetOf } from "./targets/index.ts";
import { type DeviceRange, TargetRefusal } from "./targets/target.ts";

/** The ranges of devices that a line maps to; none for one in words that only a newer kernel knows. */
export function areasOf(line: TableLine): readonly DeviceRange[] {
  const target = targetOf(line.type);
  try {
    return target.areas(target.decodeParams(line.params), line);
  } catch (refusal) {
    if (refusal instanceof TargetRefusal) return [];
    throw refusal;
  }
}
