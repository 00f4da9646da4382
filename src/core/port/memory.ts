/** Page faults: `minor` were served from memory, `major` had to wait for a disk. */
export interface PageFaults {
  readonly minor: number;
  readonly major: number;
}

export interface Locked<T> {
  /** What the section returned. */
  readonly value: T;
  /** Faults of the whole process, all threads, while the section ran. */
  readonly faults: PageFaults;
  /** False when this user may not lock memory: the section ran all the same, after a warning. */
  readonly locked: boolean;
}

/**
 * Keeps the process from touching a disk while devices are suspended, since the disk may be one of them: its
 * own code, its libraries and its heap may come from a file system or a swap area on a suspended device.
 * Twins: the host (host/memory/lock.ts) and the simulator (sim/memory-lock.ts).
 */
export interface MemoryLock {
  /**
   * Runs `section` with everything that this process has mapped locked in memory, and unlocks whatever
   * happens. Signals that end or stop a process are held back until the section is over, then delivered.
   *
   * @param rehearse walks the same code as the section does, with about `operations` harmless operations. It
   *   is called before the lock, so that all that is lazy has happened, and once more inside it. What it
   *   throws is passed on, and the section is not run.
   * @param section must not wait, log, open, spawn, or make more than a little garbage. Everything that it
   *   needs (buffers, descriptors, native functions) is there before. What it throws is passed on.
   * @param work how many operations the section does at most, where one that makes objects counts as several
   * @throws DvmError TOO_LARGE, and the section is not run, when so many would make more garbage than there
   *   is room for before V8 collects it
   */
  locked<T>(rehearse: (operations: number) => void, section: () => T, work: number): Promise<Locked<T>>;
}
