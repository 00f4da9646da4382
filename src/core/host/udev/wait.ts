import { setImmediate as turn } from "node:timers/promises";
import { steadyMs } from "../../base/steady-ms.ts";

/** So often a wait looks for signals. */
const SLICE_MS = 100;

/** Waits ms at most. @returns how many events are left */
export type Wait = (ms: number) => number;

export interface Patience {
  /** How long nothing at all may happen. */
  readonly deadlineMs: number;
  /** Asked once the event loop has turned: true ends the wait. */
  readonly enough: () => boolean;
  /** In milliseconds. */
  readonly now?: () => number;
}

/** Waits until no event is left, as long as they become fewer. @returns how many are left */
export async function waitWhileItGoesOn(
  wait: Wait,
  { deadlineMs, enough, now = steadyMs }: Patience,
): Promise<number> {
  let left = wait(0);
  let end = now() + deadlineMs;
  for (let remaining = deadlineMs; left > 0 && remaining > 0; remaining = end - now()) {
    const before = left;
    left = wait(Math.min(remaining, SLICE_MS));
    if (left < before) end = now() + deadlineMs;
    await turn();
    if (enough()) break;
  }
  return left;
}
