import { DvmError } from "../../base/error.ts";
import type { TargetMapper } from "../layer.ts";

/** Of dm-cache and dm-writecache: which of the two devices has the newest of a block only a kernel tells. */
export const cache: TargetMapper = async (_line, _stack, where) => {
  throw new DvmError(
    "UNSUPPORTED",
    `${where}: what is cached is read and written by a kernel alone: activate it, or uncache it first`,
  );
};
