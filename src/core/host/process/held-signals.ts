/**
 * Holds back the signals that end or stop a process. A signal with a JavaScript handler does nothing until
 * the event loop turns, so synchronous code runs to its end; a signal mask would not do, since another thread
 * of this process would take the signal and die of it.
 */
import { setImmediate as turn } from "node:timers/promises";

const HELD_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGTSTP"] as const;

export interface HeldSignals {
  /** True once one of them has come. Known only after the event loop has turned. */
  readonly caught: boolean;
  /** Delivers what came meanwhile, to whoever handles it by now. Calling it again does nothing. */
  release(): Promise<void>;
}

/** Holds them until `release`. Holds may nest: the innermost one that saw a signal delivers it outwards. */
export function holdSignals(): HeldSignals {
  const caught = new Set<NodeJS.Signals>();
  const handlers = HELD_SIGNALS.map((signal) => ({ signal, handler: () => void caught.add(signal) }));
  for (const { signal, handler } of handlers) process.on(signal, handler);
  let released = false;
  return {
    get caught() {
      return caught.size > 0;
    },
    async release() {
      if (released) return;
      released = true;
      // One turn ends the polling that may be going on, the next one polls after whatever has come until now.
      await turn();
      await turn();
      for (const { signal, handler } of handlers) process.off(signal, handler);
      for (const signal of caught) {
        // A handler that is still there was called too.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      }
    },
  };
}
