/**
 * The queue of processes that wait for a lock: each has a lock of its own on one byte of `<lock file>.queue`, which the
 * kernel gives back when it is gone. The byte is the time at which it came, by a clock that all processes share, so who
 * has none before it is the first. The file itself stays empty.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { errnoOf } from "../base/error.ts";
import { checked, libc, type NativeFunction } from "./native.ts";

/** A place in the queue. */
export interface QueuePlace {
  /** Nobody who waits came before. */
  isFirst(): boolean;
  leave(): Promise<void>;
}

/** From <fcntl.h>. */
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;

let fcntl: NativeFunction | undefined;

/** Where no such locks are to be had, everybody is the first. */
const NOWHERE: QueuePlace = { isFirst: () => true, leave: async () => undefined };

/** Queues up behind those who wait for the lock of that file. Never fails and never waits. */
export async function queueUp(lockFile: string): Promise<QueuePlace> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(`${lockFile}.queue`, flags, 0o600).catch(() => undefined);
  if (!file) return NOWHERE;
  try {
    let at = process.hrtime.bigint();
    while (!isTaken(file.fd, at)) at += 1n;
    return { isFirst: () => isFree(file.fd, at), leave: () => file.close() };
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

/** True when nobody has a byte below that one. */
function isFree(fd: number, end: bigint): boolean {
  const flock = flockOf(0n, end);
  control(fd, F_OFD_GETLK, flock);
  return flock.readInt16LE(0) === F_UNLCK;
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
