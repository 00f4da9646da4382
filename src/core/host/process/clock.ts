import { setTimeout as sleep } from "node:timers/promises";
import { DvmError } from "../../base/error.ts";
import type { Clock } from "../../port/clock.ts";

/**
 * The machine's clock, or one that stands still at `--now`. What is written counts from 1970: a clock that is
 * set to an earlier time stands still there.
 * @throws DvmError USAGE when that is no time, or before 1970
 */
export function hostClock(fixed: string | undefined): Clock {
  if (fixed === undefined) return { now: () => Math.max(0, Date.now()), sleep };
  const time = Date.parse(fixed);
  if (Number.isNaN(time))
    throw new DvmError("USAGE", `--now "${fixed}" is no time: write it as 2026-01-31T12:00:00Z`);
  if (time < 0) throw new DvmError("USAGE", `--now "${fixed}" is before 1970`);
  return { now: () => time, sleep };
}
