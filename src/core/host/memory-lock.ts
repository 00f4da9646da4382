/**
 * Locks this process in memory while devices are suspended.
 *
 * V8 gives pages back with MADV_DONTNEED, which the kernel refuses for locked ones, and V8 takes the refusal for
 * a fatal error. Any collection of garbage may do so, and the end of the process. Therefore: garbage is collected
 * and swept right before the lock, there is room for many times the new objects that are made under it, what runs
 * there is short, and whatever happens, the lock is gone before anything else goes on. For the same reason mappings
 * are locked one by one: with MCL_CURRENT the kernel would bring in all that V8 has reserved, hundreds of megabytes.
 */
import { assert } from "../base/assert.ts";
import type { Locked, MemoryLock } from "../port/memory.ts";
import { faultCounter } from "./fault-counter.ts";
import { holdSignals } from "./held-signals.ts";
import { type MappingLocker, mappingLocker } from "./lock-mappings.ts";
import { mayLock } from "./lock-permission.ts";
import { MCL, type MemoryCalls, memoryCalls, PR_SET_IO_FLUSHER } from "./memory-calls.ts";
import { collectAndMakeRoom, compileAgain, stopCompiling } from "./v8-engine.ts";

/** Harmless operations before the lock: enough for V8 to have allocated all that it allocates late. */
const REHEARSAL = 2000;
/** For new objects while memory is locked, in bytes: many times what the locking and thousands of operations take. */
const ROOM = 4 * 2 ** 20;
/** And inside it, where they only touch again what is touched. */
const LAST_REHEARSAL = 20;

/** For a rehearsal of the locking itself. */
const NOTHING = { mlock: () => 0, mlock2: () => 0, madvise: () => 0, errnoName: () => "" };

export interface MemoryLockOptions {
  /** Told once when this user may not lock memory. */
  readonly warn: (message: string) => void;
  /** For tests: other system calls. */
  readonly calls?: MemoryCalls;
}

/** Locks nothing, for sections in which nothing is really suspended; but signals wait there too. */
export const signalsHeld: MemoryLock = {
  async locked(_rehearse, section) {
    const held = holdSignals();
    try {
      return { value: section(), faults: { minor: 0, major: 0 }, locked: false };
    } finally {
      await held.release();
    }
  },
};

/** The real lock. It needs CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK; without them it warns and goes on. */
export function hostMemoryLock({ warn, calls = memoryCalls() }: MemoryLockOptions): MemoryLock {
  let busy = false;
  return {
    async locked(rehearse, section) {
      assert(!busy, "locked sections do not nest");
      busy = true;
      const held = holdSignals();
      stopCompiling();
      let locker: MappingLocker | undefined;
      try {
        locker = mappingLocker();
        rehearse(REHEARSAL);
        locker.lock(NOTHING);
        const refused = mayLock(calls);
        collectAndMakeRoom(ROOM);
        const problem = refused ?? lock(calls, locker);
        if (problem !== undefined) warn(`memory is not locked while devices are suspended: ${problem}`);
        return run(calls, problem === undefined, rehearse, section);
      } finally {
        locker?.close();
        compileAgain();
        busy = false;
        await held.release();
      }
    },
  };
}

function run<T>(
  calls: MemoryCalls,
  locked: boolean,
  rehearse: (operations: number) => void,
  section: () => T,
): Locked<T> {
  const counter = faultCounter(calls);
  let value: T;
  try {
    // The counter too.
    counter.begin();
    rehearse(LAST_REHEARSAL);
    counter.end();
    counter.begin();
    value = section();
    counter.end();
  } finally {
    if (locked) unlock(calls);
  }
  return { value, faults: counter.faults(), locked };
}

/** @returns why nothing is locked, or undefined when everything is */
function lock(calls: MemoryCalls, locker: MappingLocker): string | undefined {
  // What gets mapped from here on is locked by the kernel once it is used.
  if (calls.mlockall(MCL.FUTURE | MCL.ONFAULT) === -1) return `mlockall: ${calls.errnoName()}`;
  const problem = attempt(() => locker.lock(calls));
  if (problem !== undefined) {
    calls.munlockall();
    return problem;
  }
  // An extra: without CAP_SYS_RESOURCE, or before Linux 5.6, it is refused.
  calls.prctl(PR_SET_IO_FLUSHER, 1);
  return undefined;
}

/** @returns the message of what is thrown, so that nothing stays locked by it */
function attempt(lock: () => string | undefined): string | undefined {
  try {
    return lock();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function unlock(calls: MemoryCalls): void {
  calls.prctl(PR_SET_IO_FLUSHER, 0);
  calls.munlockall();
}
