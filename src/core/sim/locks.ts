import { DvmError } from "../base/error.ts";
import { steadyMs } from "../base/steady-ms.ts";
import type { HeldLock, Locks } from "../port/locks.ts";
import { lockedKind } from "../port/lv-locks.ts";
import { reentrant } from "../port/reentrant.ts";

/**
 * Locks of one simulated machine, with the semantics of flock(2), for which those who wait queue up. Waiting
 * lasts no time of the clock.
 */
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
  const waiting = new Map<string, Held[]>();
  const acquire: Locks["acquire"] = async (name, mode, timeoutMs) => {
    const set = holders.get(name) ?? new Set<Held>();
    holders.set(name, set);
    const held: Held = { mode };
    const queue = waiting.get(name) ?? [];
    waiting.set(name, queue);
    if (timeoutMs > 0) queue.push(held);
    const deadline = steadyMs() + timeoutMs;
    try {
      while (!fits(set, mode) || (timeoutMs > 0 && queue[0] !== held)) {
        if (steadyMs() >= deadline) throw locked(name, timeoutMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      if (timeoutMs > 0) queue.splice(queue.indexOf(held), 1);
    }
    set.add(held);
    return { release: async () => void set.delete(held) };
  };
  return {
    process: () =>
      reentrant({
        acquire,
        acquireFile: (path, ...rest) => acquire(`file ${path}`, ...rest),
        held: async (prefix) =>
          [...holders].flatMap(([name, set]): HeldLock[] => {
            const [first] = set;
            return first && name.startsWith(prefix) ? [{ name, mode: first.mode, by: HOLDER }] : [];
          }),
      }),
    get held() {
      return [...holders].flatMap(([name, set]) => [...set].map(() => name));
    },
    drop: () => holders.clear(),
  };
}

const HOLDER = "process 1 (simulated)";

const fits = (set: Set<Held>, mode: Held["mode"]): boolean =>
  set.size === 0 || (mode === "shared" && [...set].every((held) => held.mode === "shared"));

const locked = (name: string, timeoutMs: number): DvmError =>
  new DvmError("LOCKED", `the ${lockedKind(name)} is locked by ${HOLDER}; waited ${timeoutMs} ms`, {
    details: { path: name, holders: [{ pid: 1, command: "simulated" }] },
  });
