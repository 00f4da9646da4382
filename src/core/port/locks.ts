/** Advisory locks between processes, released by the kernel when the last holder is gone. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * The lock under which devices get their first labels, whatever the VG. An image file has no O_EXCL to keep
 * two from labelling it at once, and two new VGs must not come to one name.
 */
export const LABELS_LOCK = "labels";

/** A lock that some process has, this one too. */
export interface HeldLock {
  readonly name: string;
  readonly mode: "shared" | "exclusive";
  /** Who has it, for people. */
  readonly by: string;
}

export interface Locks {
  /**
   * One Locks belongs to one process. A lock that it already holds is shared by those who acquire it
   * meanwhile (a tool that is called while its caller holds the VG's lock), and falls when the last of them
   * releases it.
   *
   * @param name a VG id, or of an LV (lv-locks.ts)
   * @param timeoutMs how long to wait for others; 0 fails at once
   * @throws DvmError LOCKED with the holder's pid and command when it is known
   */
  acquire(name: string, mode: "shared" | "exclusive", timeoutMs: number): Promise<Lock>;
  /**
   * Another program's lock, flock(2) on this file, in which nothing is written: shared with others of this
   * process in the same way.
   * @throws DvmError LOCKED; IO when it cannot be taken for changes
   */
  acquireFile(path: string, mode: "shared" | "exclusive", timeoutMs: number): Promise<Lock>;
  /**
   * The locks of `acquire` whose names begin so and that somebody has. What those who are gone have left
   * there is cleared away.
   */
  held(prefix: string): Promise<readonly HeldLock[]>;
}
