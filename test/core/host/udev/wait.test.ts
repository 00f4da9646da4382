/** Waiting for udev, with a clock and an udevd of a few lines. */
import t from "tap";
import { waitWhileItGoesOn } from "../../../../src/core/host/udev/wait.ts";

/**
 * @param handledMs when each event is handled
 * @returns how many are left, and when it was given up
 */
async function wait(handledMs: readonly number[], deadlineMs: number, enoughMs = Number.POSITIVE_INFINITY) {
  let now = 1000;
  const begun = now;
  const leftNow = () => handledMs.filter((at) => begun + at > now).length;
  const left = await waitWhileItGoesOn(
    (ms) => {
      const next = Math.min(...handledMs.map((at) => begun + at).filter((at) => at > now));
      now = leftNow() === 0 ? now : Math.min(now + ms, next);
      return leftNow();
    },
    { deadlineMs, enough: () => now - begun >= enoughMs, now: () => now },
  );
  return { left, ms: now - begun };
}

for (const [what, handled, deadlineMs, expected] of [
  ["none", [], 300, { left: 0, ms: 0 }],
  ["one before the deadline", [250], 300, { left: 0, ms: 250 }],
  ["one after it", [500], 300, { left: 1, ms: 300 }],
  ["many, each in time, all of them not", [200, 400, 650, 900], 300, { left: 0, ms: 900 }],
  ["some, and then no more", [100, 200, 9000, 9001], 300, { left: 2, ms: 500 }],
] as const)
  t.test(what, async (t) => t.match(await wait(handled, deadlineMs), expected));

t.test("a signal ends it", async (t) => t.strictSame(await wait([9000], 3000, 150), { left: 1, ms: 200 }));
