import { DvmError } from "../../base/error.ts";
import type { MappedTarget, TargetMapper } from "../layer.ts";
import { snapshot } from "./snapshot.ts";

/**
 * A snapshot that is being merged into its origin, on top of both: readable as the result; a kernel must end
 * it.
 */
export const snapshotMerge: TargetMapper = async (line, stack, where): Promise<MappedTarget> => {
  if (stack.write)
    throw new DvmError(
      "UNSUPPORTED",
      `${where}: cannot be written without a kernel while the merge is not done`,
    );
  return snapshot(line, stack, where);
};
