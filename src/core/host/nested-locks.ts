import type { Lock, Locks } from "../port/locks.ts";

interface Held {
  readonly lock: Lock;
  readonly mode: "shared" | "exclusive";
  holders: number;
}

/**
 * Locks that a tool called within this process shares with its caller, as child processes share an inherited
 * descriptor: what is already held strongly enough is not acquired anew.
 */
export function nestedLocks(locks: Locks): Locks {
  const held = new Map<string, Held>();
  return {
    async acquire(name, mode, timeoutMs) {
      const outer = held.get(name);
      if (outer && (outer.mode === "exclusive" || mode === "shared")) return join(name, outer);
      const lock = await locks.acquire(name, mode, timeoutMs);
      const mine: Held = { lock, mode, holders: 0 };
      held.set(name, mine);
      return join(name, mine);
    },
  };

  function join(name: string, shared: Held): Lock {
    shared.holders += 1;
    return {
      fd: shared.lock.fd,
      async release() {
        shared.holders -= 1;
        if (shared.holders > 0) return;
        held.delete(name);
        await shared.lock.release();
      },
    };
  }
}
