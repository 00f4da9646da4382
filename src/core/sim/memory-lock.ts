import type { MemoryLock } from "../port/memory.ts";

/** Counts what was asked of it. */
export interface SimMemoryLock extends MemoryLock {
  /** Sections that were begun, and those of them that came to their end without throwing. */
  readonly begun: number;
  readonly ended: number;
}

/** Locks nothing, since nothing here is ever really suspended; rehearses a little, as the real one does. */
export function simMemoryLock(): SimMemoryLock {
  let begun = 0;
  let ended = 0;
  return {
    async locked(rehearse, section) {
      rehearse(1);
      begun += 1;
      const value = section();
      ended += 1;
      return { value, faults: { minor: 0, major: 0 }, locked: true };
    },
    get begun() {
      return begun;
    },
    get ended() {
      return ended;
    },
  };
}
