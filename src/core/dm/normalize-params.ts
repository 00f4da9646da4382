/** Parameters in one form, so that those given and those that the kernel prints can be compared. */
import type { TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "./args.ts";
import { targetOf } from "./targets/index.ts";
import type { Mirror } from "./targets/mirror.ts";
import type { Raid } from "./targets/raid.ts";
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
    return target.encodeParams(strictness === "lasting" ? withoutRequests(type, decoded) : decoded);
  } catch (refusal) {
    // A newer kernel may print words that our target does not know: then the text itself decides.
    if (refusal instanceof TargetRefusal) return joinArgs(splitArgs(params));
    throw refusal;
  }
}

function withoutRequests(type: string, decoded: unknown): unknown {
  if (type === "raid") {
    const { sync: _sync, rebuild: _rebuild, ...raid } = decoded as Raid;
    return raid;
  }
  if (type !== "mirror") return decoded;
  const { log, ...mirror } = decoded as Mirror;
  const { sync: _sync, ...lastingLog } = log;
  return { ...mirror, log: lastingLog };
}
