/** Parameters in one form, so that those given and those that the kernel prints can be compared. */
import type { TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "./args.ts";
import { targetOf } from "./targets/index.ts";
import { TargetRefusal } from "./targets/target.ts";

/**
 * lasting: what is asked for once, when a device is loaded (sync, nosync, rebuild), does not count.
 * exact: everything counts.
 */
export type Strictness = "lasting" | "exact";

/** @returns the parameters with words in the order in which the kernel prints them */
export function normalizeParams(
  { type, params }: Pick<TableLine, "type" | "params">,
  strictness: Strictness,
): string {
  const target = targetOf(type);
  try {
    const decoded = target.decodeParams(params);
    const lasting = strictness === "lasting" ? target.lasting?.(decoded) : undefined;
    return target.encodeParams(lasting ?? decoded);
  } catch (refusal) {
    // A newer kernel may print words that our target does not know: then the text itself decides.
    if (refusal instanceof TargetRefusal) return joinArgs(splitArgs(params));
    throw refusal;
  }
}
