import { DvmError } from "../base/error.ts";
import type { Clock } from "../port/clock.ts";

/** The machine's clock, or one that stands still at `--now`. @throws DvmError USAGE when that is no time */
export function hostClock(fixed: string | undefined): Clock {
  if (fixed === undefined) return { now: () => Date.now() };
  const time = Date.parse(fixed);
  if (Number.isNaN(time))
    throw new DvmError("USAGE", `--now "${fixed}" is no time: write it as 2026-01-31T12:00:00Z`);
  return { now: () => time };
}
