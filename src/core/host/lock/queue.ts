/**
 * The queue of processes that wait for a lock: each has a lock of its own on one byte of `<lock file>.queue`,
 * which the kernel gives back when it is gone. The byte is the time at which it came, by a clock that all
 * processes share, so who has none before it is the first. The file itself stays empty; its time of change is
 * that of the first one's last try, which tells the others that it has not been stopped.
 */
import { closeSync, constants, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { errnoOf } from "../../base/error.ts";
import { checked, libc, type NativeFunction } from "../native.ts";

/** A place in the queue. */
export interface QueuePlace {
  /** Nobody who waits came before, but for those passed over. */
  isFirst(): boolean;
  /** Tells the others that the first of them is at work. */
  beat(): Promise<void>;
  /** Another value than before when the first has beaten meanwhile. */
  lastBeat(): Promise<bigint>;
  /** From now on the first of those before this place does not count for it. */
  passOver(): void;
  leave(): Promise<void>;
}

/** From <fcntl.h>. */
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** After the last byte that anybody can have. */
const EVERYBODY = 2n ** 62n;

let fcntl: NativeFunction | undefined;

/** Where no such locks are to be had, everybody is the first. */
const NOWHERE: QueuePlace = {
  isFirst: () => true,
  beat: async () => undefined,
  lastBeat: async () => 0n,
  passOver: () => undefined,
  leave: async () => undefined,
};

/** True when somebody waits for the lock of that file. Never fails and never waits. */
export function isQueuedFor(lockFile: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(`${lockFile}.queue`, constants.O_RDWR | constants.O_NOFOLLOW);
    return firstTaken(fd, 0n, EVERYBODY) !== undefined;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Queues up behind those who wait for the lock of that file. Never fails and never waits. */
export async function queueUp(lockFile: string): Promise<QueuePlace> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(`${lockFile}.queue`, flags, 0o600).catch(() => undefined);
  if (!file) return NOWHERE;
  try {
    let at = process.hrtime.bigint();
    while (!isTaken(file.fd, at)) at += 1n;
    let from = 0n;
    return {
      isFirst: () => firstTaken(file.fd, from, at) === undefined,
      async beat() {
        const now = Number(process.hrtime.bigint()) / 1e9;
        // Whoever may not set it is taken for one that has been stopped, which costs it its turn at worst.
        await file.utimes(now, now).catch(() => undefined);
      },
      lastBeat: async () => (await file.stat({ bigint: true })).mtimeNs,
      passOver() {
        from = (firstTaken(file.fd, from, at) ?? from - 1n) + 1n;
      },
      leave: () => file.close(),
    };
  } catch {
    await file.close();
    return NOWHERE;
  }
}

/** False when somebody else has that byte. */
function isTaken(fd: number, at: bigint): boolean {
  try {
    control(fd, F_OFD_SETLK, flockOf(at, 1n));
    return true;
  } catch (cause) {
    if (errnoOf(cause) === "EAGAIN") return false;
    throw cause;
  }
}

/** The first byte of a range that somebody else has. */
function firstTaken(fd: number, start: bigint, end: bigint): bigint | undefined {
  let first: bigint | undefined;
  for (let before = end; before > start; before = first) {
    const flock = flockOf(start, before - start);
    control(fd, F_OFD_GETLK, flock);
    // The kernel tells of any lock in the range, so there may be others before it.
    if (flock.readInt16LE(0) === F_UNLCK) break;
    first = flock.readBigInt64LE(8);
  }
  return first;
}

function control(fd: number, operation: number, flock: Buffer): void {
  fcntl ??= libc().declare("int fcntl(int, int, void *)");
  checked("fcntl", fcntl(fd, operation, flock));
}

/** struct flock: type, whence (0: from the start), start, length, process (0 for this kind of lock). */
function flockOf(start: bigint, length: bigint): Buffer {
  const flock = Buffer.alloc(32);
  flock.writeInt16LE(F_WRLCK, 0);
  flock.writeBigInt64LE(start, 8);
  flock.writeBigInt64LE(length, 16);
  return flock;
}
