import { DvmError } from "../../base/error.ts";

/**
 * Deadlines for I/O, and the devices that missed one. A fenced device gets nothing more from this process:
 * what is stuck in the kernel may still happen, so nothing may be sent after it.
 */
export interface Fence {
  /**
   * Runs one operation on a device.
   * @param moreMs what it may take beyond the deadline, where it has much to do
   * @throws DvmError DEADLINE when it does not end in time, or when `device` was fenced before
   */
  run<T>(device: string, what: string, operation: () => Promise<T>, moreMs?: number): Promise<T>;
  isFenced(device: string): boolean;
}

/**
 * @param stuckLimit operations that may be stuck at once; with so many, each holding a thread, nothing else
 *   can be asked in time, so that further operations fail at once instead of waiting for their deadlines
 */
export function makeFence({
  deadlineMs,
  stuckLimit,
}: {
  readonly deadlineMs: number;
  readonly stuckLimit: () => number;
}): Fence {
  const fenced = new Set<string>();
  let stuck = 0;
  return {
    isFenced: (device) => fenced.has(device),
    run(device, what, operation, moreMs = 0) {
      if (fenced.has(device)) return Promise.reject(refused(what, "did not answer before and is left alone"));
      if (stuck >= stuckLimit())
        return Promise.reject(refused(what, `not tried: ${stuck} others do not answer`));
      return new Promise((resolve, reject) => {
        let late = false;
        const timer = setTimeout(() => {
          late = true;
          stuck += 1;
          fenced.add(device);
          reject(refused(what, `no answer within ${deadlineMs + moreMs} ms`));
        }, deadlineMs + moreMs);
        const settle = (end: () => void) => {
          if (late) stuck -= 1;
          clearTimeout(timer);
          end();
        };
        operation().then(
          (value) => settle(() => resolve(value)),
          (error) => settle(() => reject(error)),
        );
      });
    },
  };
}

const refused = (what: string, why: string): DvmError => new DvmError("DEADLINE", `${what}: ${why}`);
