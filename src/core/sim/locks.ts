import { DvmError } from "../base/error.ts";
import type { Locks } from "../port/locks.ts";
import { reentrant } from "../port/reentrant.ts";

/** Locks of one simulated machine, with the semantics of flock(2). Waiting lasts no time of the clock. */
export interface SimLocks {
  /** The locks as one more process of the machine has them. */
  process(): Locks;
  /** Names of locks that are held, each as often as it has holders. */
  readonly held: readonly string[];
  /** All locks fall, as when the processes that hold them are killed. */
  drop(): void;
}

interface Held {
  readonly mode: "shared" | "exclusive";
}

export function simLocks(): SimLocks {
  const holders = new Map<string, Set<Held>>();
  let nextFd = 1000;
  const acquire: Locks["acquire"] = async (name, mode, timeoutMs) => {
    const set = holders.get(name) ?? new Set<Held>();
    holders.set(name, set);
    const deadline = performance.now() + timeoutMs;
    while (!fits(set, mode)) {
      if (performance.now() >= deadline) throw locked(name, timeoutMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const held: Held = { mode };
    set.add(held);
    return { fd: nextFd++, release: async () => void set.delete(held) };
  };
  return {
    process: () => reentrant(acquire),
    get held() {
      return [...holders].flatMap(([name, set]) => [...set].map(() => name));
    },
    drop: () => holders.clear(),
  };
}

const fits = (set: Set<Held>, mode: Held["mode"]): boolean =>
  set.size === 0 || (mode === "shared" && [...set].every((held) => held.mode === "shared"));

const locked = (name: string, timeoutMs: number): DvmError =>
  new DvmError("LOCKED", `the VG is locked by process 1 (simulated); waited ${timeoutMs} ms`, {
    details: { path: name, holders: [{ pid: 1, command: "simulated" }] },
  });
