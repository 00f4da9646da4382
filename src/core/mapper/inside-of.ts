import { DvmError } from "../base/error.ts";
import { type Bytes, bytesToSectors } from "../base/units.ts";
import type { Layer } from "./layer.ts";

/**
 * @throws DvmError BAD_INPUT when the range does not lie inside the device, as the kernel refuses such a
 * table
 */
export function insideOf(below: Layer, start: Bytes, length: Bytes, where: string): void {
  if (start + length <= below.size) return;
  throw new DvmError(
    "BAD_INPUT",
    `${where}: sectors ${bytesToSectors(start)} to ${bytesToSectors(start + length)} are not inside ` +
      `${below.path} of ${bytesToSectors(below.size)} sectors`,
  );
}
