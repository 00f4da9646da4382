/**
 * Locks this process in memory while devices are suspended.
 *
 * V8 gives pages back with MADV_DONTNEED, which the kernel refuses for locked ones, and V8 takes the refusal
 * for a fatal error. Any collection of garbage may do so, and the end of the process. Therefore: garbage is
 * collected and swept right before the lock, there is room for more new objects than are made under it, or
 * nothing is done, and whatever happens, the lock is gone before anything else goes on. For the same reason
 * mappings are locked one by one: with MCL_CURRENT the kernel would bring in all that V8 has reserved,
 * hundreds of megabytes.
 */
import { assert } from "../../base/assert.ts";
import { DvmError } from "../../base/error.ts";
import type { Locked, MemoryLock } from "../../port/memory.ts";
import { holdSignals } from "../process/held-signals.ts";
import { collectAndMakeRoom, compileAgain, roomForObjects, stopCompiling } from "../process/v8-engine.ts";
import { MCL, type MemoryCalls, memoryCalls, PR_SET_IO_FLUSHER } from "./calls.ts";
import { faultCounter } from "./fault-counter.ts";
import { type MappingLocker, mappingLocker } from "./lock-mappings.ts";
import { mayLock } from "./lock-permission.ts";

/** Harmless operations before the lock: enough for V8 to have allocated all that it allocates late. */
const REHEARSAL = 2000;
/** Of which garbage is measured, and how often that is tried. */
const MEASURED = 200;
const MEASURING_TRIES = 4;
/** And inside it, where they only touch again what is touched. */
const LAST_REHEARSAL = 20;
/** Garbage of the locking itself and of the last rehearsal, in bytes: some times what was measured. */
const LOCKING = 512 * 1024;
/** Of an operation, if the rehearsal makes less. */
const OPERATION_LEAST = 256;
/**
 * The rehearsal has operations whose answers are decoded. It makes about five times the garbage that others
 * make on the average, and more than a sixteenth of what the most expensive ones make.
 */
const REHEARSAL_PER_OPERATION = 4;

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
    async locked(rehearse, section, work) {
      assert(!busy, "locked sections do not nest");
      busy = true;
      const held = holdSignals();
      stopCompiling();
      let locker: MappingLocker | undefined;
      try {
        locker = mappingLocker();
        rehearse(REHEARSAL);
        const rehearsed = garbageOf(rehearse);
        locker.lock(NOTHING);
        const refused = mayLock(calls);
        makeRoom(work, rehearsed);
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

/** @returns bytes of garbage that an operation makes */
function garbageOf(rehearse: (operations: number) => void): number {
  for (let turn = 0; turn < MEASURING_TRIES; turn += 1) {
    const before = roomForObjects();
    rehearse(MEASURED);
    const garbage = before - roomForObjects();
    if (garbage > 0) return garbage / MEASURED;
    // V8 has collected some meanwhile.
  }
  return 0;
}

/** So that V8 does not collect garbage under the lock. @throws DvmError TOO_LARGE */
function makeRoom(work: number, rehearsed: number): void {
  const needed = LOCKING + work * Math.max(OPERATION_LEAST, rehearsed / REHEARSAL_PER_OPERATION);
  const room = collectAndMakeRoom(needed);
  if (room >= needed) return;
  throw new DvmError(
    "TOO_LARGE",
    `${work} operations with devices suspended may make ${mebibytes(needed)} of garbage, and V8 gives ` +
      "room for " +
      `${mebibytes(room)} before it collects it, which locked memory does not allow; ` +
      "`node --max-semi-space-size=64` in front of the path of dist/dvm gives more",
    { details: { operations: work, needed: Math.ceil(needed), room } },
  );
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

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
