import type { DesiredVg, Vg } from "../../../schema/index.ts";
import { EXTEND_AT, EXTEND_BY } from "../../volume/policy.ts";
import type { Given } from "./record.ts";

/** Options of the verb policy that lead to what the document says of it; the rest is as it was. */
export function policyOptions(
  { policy: is = {} }: Pick<Vg, "policy">,
  { replace, extendAt, extendBy }: NonNullable<DesiredVg["policy"]>,
): Given | undefined {
  const given = {
    ...(replace !== undefined && replace !== (is.replace ?? "never") && { replace }),
    ...(extendAt !== undefined && extendAt !== (is.extendAt ?? EXTEND_AT) && { "extend-at": extendAt }),
    ...(extendBy !== undefined && extendBy !== (is.extendBy ?? EXTEND_BY) && { "extend-by": extendBy }),
  };
  return Object.keys(given).length > 0 ? given : undefined;
}
