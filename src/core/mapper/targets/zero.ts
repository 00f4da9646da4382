import { SECTOR } from "../../base/units.ts";
import type { TargetMapper } from "../layer.ts";

/** Reads as zeros; what is written is dropped. */
export const zero: TargetMapper = async () => ({
  complete: true,
  logicalBlockSize: SECTOR,
  read: async (_offset, buffer) => void buffer.fill(0),
  write: async () => {},
  discard: async () => {},
  runAt: async (_offset, length) => ({ length, isHole: true }),
});
