import type { DesiredVg, Vg } from "../../../schema/index.ts";
import { parseSize } from "../../base/units.ts";
import { EXTEND_AT, EXTEND_BY } from "../../volume/policy.ts";
import type { Given } from "./record.ts";

/** Options of the verb policy that lead to what the document says of it; the rest is as it was. */
export function policyOptions(
  { policy: is = {} }: Pick<Vg, "policy">,
  { replace, extendAt, extendBy, keepFree }: NonNullable<DesiredVg["policy"]>,
): Given | undefined {
  const kept = typeof keepFree === "string" ? parseSize(keepFree, "keepFree") : keepFree;
  const given = {
    ...(replace !== undefined && replace !== (is.replace ?? "never") && { replace }),
    ...(extendAt !== undefined && extendAt !== (is.extendAt ?? EXTEND_AT) && { "extend-at": extendAt }),
    ...(extendBy !== undefined && extendBy !== (is.extendBy ?? EXTEND_BY) && { "extend-by": extendBy }),
    ...(kept !== undefined && kept !== is.keepFree && { "keep-free": kept }),
  };
  return Object.keys(given).length > 0 ? given : undefined;
}
