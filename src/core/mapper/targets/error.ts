import { DvmError } from "../../base/error.ts";
import { SECTOR } from "../../base/units.ts";
import type { TargetMapper } from "../layer.ts";

/** Fails every request. */
export const error: TargetMapper = async (_line, _stack, where) => {
  const refuse = async (offset: number) => {
    throw new DvmError("IO", `${where}: sector ${offset / SECTOR} leads to an error target`);
  };
  return { complete: false, logicalBlockSize: SECTOR, read: refuse, write: refuse, discard: refuse };
};
