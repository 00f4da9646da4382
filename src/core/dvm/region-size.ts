import { DvmError } from "../base/error.ts";
import { formatSize, type Sectors } from "../base/units.ts";

/** What replicate refuses to format. It is asked only after the device has its label. */
const LEAST_REGION: Sectors = 64;

/** @throws DvmError USAGE */
export function checkRegionSize(size: Sectors): void {
  if (size < LEAST_REGION)
    throw new DvmError(
      "USAGE",
      `--region-size is ${formatSize(size)}, the least is ${formatSize(LEAST_REGION)}`,
    );
}
