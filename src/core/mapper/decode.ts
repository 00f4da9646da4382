import type { TableLine } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { type Target, TargetRefusal } from "../dm/targets/target.ts";

/**
 * The params of a table line, with the checks that the target's constructor in the kernel makes.
 * @throws DvmError BAD_INPUT as the kernel refuses them
 */
export function decode<Params>(target: Target<Params>, line: TableLine, where: string): Params {
  try {
    const params = target.decodeParams(line.params);
    target.check(params, line);
    return params;
  } catch (refusal) {
    if (!(refusal instanceof TargetRefusal)) throw refusal;
    throw new DvmError("BAD_INPUT", `${where}: ${refusal.reason}`, { cause: refusal });
  }
}
