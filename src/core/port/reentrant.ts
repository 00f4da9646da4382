import { assert } from "../base/assert.ts";
import type { Lock, Locks } from "./locks.ts";

interface Held {
  readonly mode: "shared" | "exclusive";
  readonly lock: Lock;
  holders: number;
}

/**
 * Makes Locks of functions that take a lock from other processes: what is held already is shared within.
 */
export const reentrant = ({ acquire, acquireFile, held }: Locks): Locks => ({
  acquire: shared(acquire),
  acquireFile: shared(acquireFile),
  held,
});

function shared(acquire: Locks["acquire"]): Locks["acquire"] {
  const locks = new Map<string, Held>();
  const join = (name: string, held: Held): Lock => {
    held.holders += 1;
    let released = false;
    return {
      async release() {
        if (released) return;
        released = true;
        held.holders -= 1;
        if (held.holders > 0) return;
        locks.delete(name);
        await held.lock.release();
      },
    };
  };
  return async (name, mode, timeoutMs) => {
    const before = locks.get(name);
    if (before) {
      // To wait for oneself would last for ever, and flock(2) gives a lock up when it converts it.
      assert(mode === "shared" || before.mode === "exclusive", `who holds ${name} shared asks for more`);
      return join(name, before);
    }
    const held: Held = { mode, lock: await acquire(name, mode, timeoutMs), holders: 0 };
    locks.set(name, held);
    return join(name, held);
  };
}
