import { DvmError } from "../base/error.ts";
import type { Lock, Locks } from "../port/locks.ts";

export interface SimLocks extends Locks {
  /** Names of locks that are held, each as often as it has holders. */
  readonly held: readonly string[];
  /** All locks fall, as when the process that holds them is killed. */
  drop(): void;
}

interface Held {
  readonly mode: "shared" | "exclusive";
}

/** Locks in memory, with the semantics of flock(2) on descriptors of one process. Waiting lasts microseconds. */
export function simLocks(): SimLocks {
  const holders = new Map<string, Set<Held>>();
  let nextFd = 1000;
  const fits = (set: Set<Held>, mode: Held["mode"]) =>
    set.size === 0 || (mode === "shared" && [...set].every((held) => held.mode === "shared"));
  return {
    get held() {
      return [...holders].flatMap(([name, set]) => [...set].map(() => name));
    },
    drop: () => holders.clear(),
    async acquire(name, mode, timeoutMs): Promise<Lock> {
      const set = holders.get(name) ?? new Set<Held>();
      holders.set(name, set);
      const deadline = performance.now() + timeoutMs;
      while (!fits(set, mode)) {
        if (performance.now() >= deadline)
          throw new DvmError("LOCKED", `the VG is locked by process 1 (simulated); waited ${timeoutMs} ms`, {
            details: { path: name, holders: [{ pid: 1, command: "simulated" }] },
          });
        await new Promise((resolve) => setImmediate(resolve));
      }
      const held: Held = { mode };
      set.add(held);
      return { fd: nextFd++, release: async () => void set.delete(held) };
    },
  };
}
