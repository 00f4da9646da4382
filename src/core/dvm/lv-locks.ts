/**
 * LVs that are read or written in user space, each under a lock of its own for as long as that lasts. The
 * VG's lock is held only to look and to open: others of its LVs change meanwhile.
 */
import type { Discovery, Lv, Metadata } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { steadyMs } from "../base/steady-ms.ts";
import type { Lock } from "../port/locks.ts";
import { type LvUse, lvLockName } from "../port/lv-locks.ts";
import type { Sys } from "../port/sys.ts";
import { checkMetadata } from "../volume/check.ts";
import { together } from "../volume/users.ts";
import { readMetadata, withVgLock } from "./vg.ts";

/** What there is while the VG's lock is held. */
export interface VgLook {
  readonly metadata: Metadata;
  readonly discovery: Discovery;
  /** Locks an LV, and all that it is read through, until `release`. */
  take(lv: Lv, mode: "shared" | "exclusive", use: LvUse): Promise<void>;
}

export interface UnderLvLocks<T> {
  readonly opened: T;
  /** Gives the LVs' locks back. */
  release(): Promise<void>;
}

/** Somebody else has it: it is waited for without the VG's lock. */
class Taken extends Error {
  constructor(
    readonly lock: string,
    readonly mode: "shared" | "exclusive",
  ) {
    super(lock);
  }
}

/**
 * @param open is called under the VG's lock, and once more after `take` has found an LV locked
 * @throws DvmError LOCKED after the time that locks are waited for; else what `open` throws
 */
export async function underLvLocks<T>(
  sys: Sys,
  found: Discovery,
  open: (look: VgLook) => Promise<T>,
): Promise<UnderLvLocks<T>> {
  const timeoutMs = sys.config.tm?.lockTimeoutMs ?? 10_000;
  const deadline = steadyMs() + timeoutMs;
  for (;;) {
    const locks: Lock[] = [];
    const release = async (): Promise<void> => {
      for (const lock of locks.splice(0)) await lock.release();
    };
    try {
      const work = async (discovery: Discovery): Promise<T> => {
        const metadata = await readMetadata(sys, discovery);
        return open({ metadata, discovery, take: takerOf(sys, metadata, locks) });
      };
      return { opened: await withVgLock(sys, found, work, "shared"), release };
    } catch (thrown) {
      await release();
      if (!(thrown instanceof Taken)) throw thrown;
      const left = Math.max(0, Math.floor(deadline - steadyMs()));
      await (await sys.locks.acquire(thrown.lock, thrown.mode, left)).release();
    }
  }
}

function takerOf({ locks }: Sys, metadata: Metadata, into: Lock[]): VgLook["take"] {
  const relations = checkMetadata(metadata, "BAD_INPUT");
  return async (lv, mode, use) => {
    for (const { id } of together([lv], relations)) {
      const name = lvLockName(metadata.vg.id, id, use);
      const lock = await locks.acquire(name, mode, 0).catch((thrown: unknown) => {
        throw thrown instanceof DvmError && thrown.code === "LOCKED" ? new Taken(name, mode) : thrown;
      });
      into.push(lock);
    }
  };
}
