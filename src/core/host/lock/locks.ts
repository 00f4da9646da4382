/**
 * Locks between processes: flock(2) on `<directory>/<name>`. The kernel gives a lock back when the last
 * descriptor of it is gone, so a killed process leaves none behind. The file of a VG's lock stays. That of an
 * LV goes when somebody looks who has one (held.ts): who had opened it by then tries the next of its name.
 *
 * Whoever waits tries again and again, since flock(2) itself cannot be given up after a while. Those who wait
 * queue up, only the first of them tries, and newcomers line up behind them: so each has it in turn, and
 * readers who follow one another without a gap do not keep out a writer. Who does not wait at all (a timeout
 * of 0) asks nobody.
 */
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../base/assert.ts";
import { DvmError, errnoOf } from "../../base/error.ts";
import { steadyMs } from "../../base/steady-ms.ts";
import { LABELS_LOCK, type Lock, type Locks } from "../../port/locks.ts";
import { lockedKind } from "../../port/lv-locks.ts";
import { reentrant } from "../../port/reentrant.ts";
import { heldIn } from "./held.ts";
import { holdersOf, shownHolders } from "./holders.ts";
import { makeDirectory } from "./make-directory.ts";
import { makeOwnDirectory } from "./own-directory.ts";
import { isQueuedFor, queueUp } from "./queue.ts";
import { tryFlock } from "./try-flock.ts";

const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 10;
/** Who does not try for so long, though it is the first, has been stopped: the next one takes its place. */
const STOPPED_MS = 1000;
/** No file can be made, or a longer one. */
const FULL = ["ENOSPC", "EDQUOT"];
/**
 * With these nobody can lock anything there, this user or any: reading goes on, for nobody changes anything
 * either.
 */
const NOT_TO_BE_HAD = ["EROFS", "EACCES", "EPERM", "ENOTDIR", ...FULL];
/** A number and an end of line. */
const HOLDER_BYTES = 16;
const WHAT_HELPS = "mend that, or set common.lockDir in the config to another directory";

export interface LockOptions {
  /** After how long without a try the first of those who wait is passed over. */
  readonly stoppedMs?: number;
  /** Told of what is read without a lock. */
  readonly warn?: (message: string) => void;
}

/**
 * Where there is no place for locks, or this user may use none, reading goes on without, and warns of it;
 * what is to be locked for changes is refused.
 * @param lockDir where the lock files are; it is trusted as it stands. When left out: /run/dvm/lock for root,
 *   for others $XDG_RUNTIME_DIR/dvm/lock or dvm-<uid> under the directory for temporary files, in which
 *   nobody else may have a hand.
 */
export function hostLocks(
  lockDir: string | undefined,
  { stoppedMs = STOPPED_MS, warn = () => undefined }: LockOptions = {},
): Locks {
  const acquire: Locks["acquire"] = async (name, mode, timeoutMs) => {
    const directory = lockDir ?? makeDefaultDirectory();
    if (lockDir !== undefined) makeTrustedDirectory(lockDir);
    const path = join(directory, name);
    const mustLineUp = timeoutMs > 0 && isQueuedFor(path);
    const lock =
      (mustLineUp ? undefined : await tryOnce(path, mode)) ??
      (timeoutMs > 0 && (await waitFor(path, mode, timeoutMs, stoppedMs)));
    if (lock) return lock;
    throw await lockedError(path, mode, timeoutMs);
  };
  const held: Locks["held"] = async (prefix) => {
    try {
      return await heldIn(lockDir ?? makeDefaultDirectory(), prefix);
    } catch (thrown) {
      // Whoever changes anything has been refused by then, and who only reads goes on.
      if (thrown instanceof NoPlaceForLocks) return [];
      throw thrown;
    }
  };
  const orWithout =
    (take: Locks["acquire"]): Locks["acquire"] =>
    async (name, mode, timeoutMs) => {
      try {
        return await take(name, mode, timeoutMs);
      } catch (thrown) {
        if (!(thrown instanceof NoPlaceForLocks) || mode === "exclusive") throw thrown;
        warn(`read without a lock, while others may change it: ${thrown.message}`);
        return { release: async () => undefined };
      }
    };
  return reentrant({
    acquire: orWithout((name, mode, timeoutMs) => {
      assert(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name), `"${name}" can name a lock`);
      return acquire(name, mode, timeoutMs);
    }),
    acquireFile: orWithout(acquireFile),
    held,
  });
}

/** Another program's, which has no queue. It may remove the file: then the next one is tried. */
async function acquireFile(path: string, mode: "shared" | "exclusive", timeoutMs: number): Promise<Lock> {
  makeTrustedDirectory(dirname(path));
  const deadline = steadyMs() + timeoutMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const lock = await tryOnce(path, mode, { marked: false });
    if (lock) return lock;
    if (steadyMs() >= deadline) throw await lockedError(path, mode, timeoutMs);
    await sleep(Math.min(waitMs, deadline - steadyMs()));
  }
}

class NoPlaceForLocks extends DvmError {
  constructor(why: string, cause?: unknown) {
    super("IO", `${why}: ${WHAT_HELPS}`, { cause });
  }
}

/** Tries until the time is up. */
async function waitFor(
  path: string,
  mode: "shared" | "exclusive",
  timeoutMs: number,
  stoppedMs: number,
): Promise<Lock | undefined> {
  const deadline = steadyMs() + timeoutMs;
  const place = await queueUp(path);
  try {
    let seen = { at: steadyMs(), beat: await place.lastBeat() };
    for (let waitMs = FIRST_WAIT_MS; steadyMs() < deadline; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      await sleep(Math.min(waitMs, deadline - steadyMs()));
      const isLast = steadyMs() >= deadline;
      if (!place.isFirst()) {
        const seenForMs = steadyMs() - seen.at;
        if (seenForMs < (isLast ? stoppedMs / 10 : stoppedMs)) continue;
        const beat = await place.lastBeat();
        const isStopped = beat === seen.beat;
        seen = { at: steadyMs(), beat };
        if (isStopped) place.passOver();
        if (!isStopped || !(isLast || place.isFirst())) continue;
      }
      await place.beat();
      const lock = await tryOnce(path, mode);
      if (lock) return lock;
    }
    return undefined;
  } finally {
    await place.leave();
  }
}

/** A try that does not block; undefined when somebody else has it. */
async function tryOnce(
  path: string,
  mode: "shared" | "exclusive",
  { marked = true } = {},
): Promise<Lock | undefined> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600).catch((cause) => {
    throw failed(path, cause);
  });
  try {
    if (!lockNow(file.fd, mode, path) || !(await isStillThere(file, path))) {
      await file.close();
      return undefined;
    }
    if (marked) await writeHolder(file, path);
    return { release: () => file.close() };
  } catch (cause) {
    await file.close().catch(() => undefined);
    throw failed(path, cause);
  }
}

function lockNow(fd: number, mode: "shared" | "exclusive", path: string): boolean {
  try {
    return tryFlock(fd, mode);
  } catch (cause) {
    throw failed(path, cause);
  }
}

/**
 * False when somebody cleaned the directory between our open and our lock: the next comer locks another file.
 */
async function isStillThere(file: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  const ours = await file.stat();
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

/** A hint for people; where the kernel tells who holds a lock, that counts. */
async function writeHolder(file: FileHandle, path: string): Promise<void> {
  // Who puts locks into a directory of his own may have a file of that name there.
  const { size } = await file.stat();
  if (size > HOLDER_BYTES)
    throw new DvmError("IO", `${path}: holds something else than a lock: ${WHAT_HELPS}`);
  try {
    await file.truncate(0);
    await file.write(`${process.pid}\n`, 0);
  } catch (cause) {
    if (!FULL.includes(errnoOf(cause) ?? "")) throw cause;
  }
}

async function lockedError(path: string, mode: string, timeoutMs: number): Promise<DvmError> {
  const holders = await holdersOf(path);
  const wanted = mode === "shared" ? "reading" : "changes";
  const what = path.endsWith(`/${LABELS_LOCK}`) ? "labelling is" : `the ${lockedKind(path)} is`;
  return new DvmError(
    "LOCKED",
    `${what} locked for ${wanted} by ${shownHolders(holders)}; waited ${timeoutMs} ms ` + `for ${path}`,
    { details: { path, holders } },
  );
}

/** @throws NoPlaceForLocks when it is not to be had, or others have a hand in it */
function makeDefaultDirectory(): string {
  const [outermost, ...names] = defaultDirectory(process.geteuid?.() ?? 0);
  const wrong = makeOwnDirectory(outermost, names, 0o700);
  if (wrong) throw new NoPlaceForLocks(`no locks are put into ${join(outermost, ...names)}: ${wrong}`);
  return join(outermost, ...names);
}

/** One that survives the switch of root, for root, and that nobody but the user can make. */
function defaultDirectory(uid: number): readonly [string, ...string[]] {
  if (uid === 0) return ["/run", "dvm", "lock"];
  const runtime = process.env["XDG_RUNTIME_DIR"];
  return runtime ? [runtime, "dvm", "lock"] : [tmpdir(), `dvm-${uid}`];
}

function makeTrustedDirectory(path: string): void {
  try {
    makeDirectory(path);
  } catch (cause) {
    throw new NoPlaceForLocks(whyNot(path, cause), cause);
  }
}

const whyNot = (path: string, cause: unknown): string => `${path}: cannot lock: ${errnoOf(cause) ?? cause}`;

function failed(path: string, cause: unknown): DvmError {
  if (cause instanceof DvmError) return cause;
  const errno = errnoOf(cause);
  const why = whyNot(path, cause);
  return errno !== undefined && NOT_TO_BE_HAD.includes(errno)
    ? new NoPlaceForLocks(why, cause)
    : new DvmError("IO", why, { cause });
}
