import type { Shielded } from "../port/dm.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGTSTP"] as const;

/**
 * Runs work during which this process must not end. Without a handler a signal ends it at once; with one it is
 * noted, since handlers run only when work has returned, and raised again afterwards.
 */
export async function shielded<T>(work: () => T): Promise<Shielded<T>> {
  const caught = new Set<NodeJS.Signals>();
  const note = (signal: NodeJS.Signals) => caught.add(signal);
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    return { value: work() };
  } finally {
    // The handlers of signals that came meanwhile run in the next turns of the event loop.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    for (const signal of SIGNALS) process.off(signal, note);
    for (const signal of caught) process.kill(process.pid, signal);
  }
}
