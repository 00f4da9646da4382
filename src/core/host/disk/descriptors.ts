import { errnoOf } from "../../base/error.ts";
import { steadyMs } from "../../base/steady-ms.ts";

/** Counts the open descriptors of devices, so that who finds none left waits for one of them to be closed. */
export interface Descriptors {
  /** @throws what `open` throws; EMFILE and ENFILE only when no descriptor was given back in time */
  open(open: () => Promise<number>): Promise<number>;
  /** To be called for each that was opened. */
  closed(): void;
}

/** @param waitMs how long to wait for somebody else's close, in all */
export function makeDescriptors(waitMs: number): Descriptors {
  const waiting = new Set<() => void>();
  let held = 0;
  let closes = 0;
  const nextClose = (patienceMs: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, patienceMs);
      waiting.add(wake);
    });
  return {
    async open(open) {
      let patient: number | undefined;
      for (;;) {
        const before = closes;
        try {
          const fd = await open();
          held += 1;
          return fd;
        } catch (error) {
          const isExhausted = ["EMFILE", "ENFILE"].includes(errnoOf(error) ?? "");
          if (!isExhausted || held === 0) throw error;
          const now = steadyMs();
          patient ??= now + waitMs;
          const left = patient - now;
          if (left <= 0) throw error;
          if (closes === before) await nextClose(left);
        }
      }
    },
    closed() {
      held -= 1;
      closes += 1;
      const [first] = waiting;
      first?.();
    },
  };
}
