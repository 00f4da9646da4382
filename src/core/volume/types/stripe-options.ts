/** How create-lv is told of stripes, by whichever type has them. */
import { DvmError } from "../../base/error.ts";
import { isPowerOfTwo, parseSize, type Sectors } from "../../base/units.ts";
import type { CreateOption } from "./type.ts";

export const LEAST_STRIPE: Sectors = 8;

export const stripeOptions = {
  stripes: {
    summary: "Spread it over N PVs, besides those of parity and copies",
    type: "count",
    placeholder: "N",
    least: 2,
  },
  "stripe-size": {
    summary: "How much goes to one stripe at a time (default 64k)",
    type: "size",
    placeholder: "SIZE",
  },
} as const satisfies Readonly<Record<string, CreateOption>>;

/** @throws DvmError USAGE */
export function readStripeSize(stripeSize: Sectors = parseSize("64k"), extentSize: Sectors): Sectors {
  if (!isPowerOfTwo(stripeSize) || stripeSize < LEAST_STRIPE)
    throw new DvmError("USAGE", "--stripe-size must be a power of two of at least 4k");
  if (extentSize % stripeSize !== 0)
    throw new DvmError("USAGE", `--stripe-size must divide the extent size of ${extentSize} sectors`);
  return stripeSize;
}
