/**
 * A cookie of libdevmapper: a semaphore that counts the events which carry the cookie and which udev has
 * still to handle. Each event adds one, and at its end the rule file 95-dm-notify.rules takes one away, or
 * who hears of it.
 */
import { DvmError, errnoOf } from "../../base/error.ts";
import { checked, libc } from "../native.ts";
import { read } from "../scan/sysfs-block.ts";

/** Upper half of the key of every such semaphore; the lower half is the cookie. */
const MAGIC = 0x0d4d;
const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
const IPC_NOWAIT = 0o4000;
const IPC_RMID = 0;
const GETPID = 11;
const GETVAL = 12;
const SETVAL = 16;
/** How often somebody else's cookie may be met. */
const ATTEMPTS = 64;
/**
 * Semaphores in a set of ours: the one of the protocol, and one that nobody else touches, so that it names
 * its maker.
 */
const [COUNT, MAKER] = [0, 1];
const SEMAPHORES = 2;

export interface UdevCookie {
  /** What the events carry: 16 bits, never 0. */
  readonly base: number;
  /**
   * Counts an event that is to come. Takes no memory. @returns false when the semaphore cannot count further
   */
  add(): boolean;
  /** It has been handled, or has not come after all. Takes no memory. */
  drop(): void;
  /** How many are still to come. */
  left(): number;
  /** Waits until none is to come, ms at most. @returns how many are still to come */
  wait(ms: number): number;
  /** Gives the semaphore back; whoever waits for it is woken. */
  remove(): void;
}

/**
 * Makes a cookie, and gives back those of processes that were killed while they waited.
 * @param random gives 16 bits
 * @throws DvmError KERNEL when the machine has no semaphore left
 */
export function makeCookie(random: () => number): UdevCookie {
  const { declare, errno } = libc();
  const semget = declare("int semget(int, int, int)");
  const semctl = declare("int semctl(int, int, int, int)");
  const semtimedop = declare("int semtimedop(int, void *, size_t, void *)");
  for (const forsaken of ours())
    if (isOver(semctl(forsaken, MAKER, GETPID, 0))) semctl(forsaken, 0, IPC_RMID, 0);
  const [id, base] = create(semget, random);
  const [plus, minus, zero] = [operation(1), operation(-1), Buffer.alloc(6)];
  const timeout = Buffer.alloc(16);
  // Somebody may have removed it, as `dmsetup udevcomplete_all` does: nothing to wait for.
  const left = (): number => Math.max(0, semctl(id, COUNT, GETVAL, 0));
  checked("semctl", semctl(id, MAKER, SETVAL, 0));
  // One for this process itself, lest it be zero before the last event was counted.
  checked("semctl", semctl(id, COUNT, SETVAL, 1));
  return {
    base,
    add: () => semtimedop(id, plus, 1, null) === 0,
    drop: () => void semtimedop(id, minus, 1, null),
    left,
    wait(ms) {
      timeout.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), 0);
      timeout.writeBigInt64LE(BigInt(Math.floor((ms % 1000) * 1e6)), 8);
      return semtimedop(id, zero, 1, timeout) === 0 || errno() === EIDRM ? 0 : left();
    },
    remove: () => void semctl(id, 0, IPC_RMID, 0),
  };
}

const EIDRM = 43;

/** The ids of all sets that dvm has made on this machine, from the kernel's table of them. */
function ours(): number[] {
  const rows = (read("/proc/sysvipc/sem") ?? "").split("\n").slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([key = 0, , , semaphores]) => key >>> 16 === MAGIC && semaphores === SEMAPHORES)
    .map(([, id = 0]) => id);
}

/** @param pid 0 for that of another namespace, of which nothing is known */
function isOver(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return errnoOf(cause) === "ESRCH";
  }
}

function create(semget: (...args: number[]) => number, random: () => number): [id: number, base: number] {
  for (let attempt = 1; ; attempt += 1) {
    const base = random() & 0xffff || 1;
    try {
      return [
        checked("semget", semget((MAGIC << 16) | base, SEMAPHORES, IPC_CREAT | IPC_EXCL | 0o600)),
        base,
      ];
    } catch (cause) {
      const code = errnoOf(cause);
      if (code === "EEXIST" && attempt < ATTEMPTS) continue;
      const hint = code === "ENOSPC" ? "; /proc/sys/kernel/sem limits them, ipcs -s lists them" : "";
      throw new DvmError("KERNEL", `no semaphore to wait for udev with: ${code}${hint}`, { cause });
    }
  }
}

/** struct sembuf: number, change, flags. */
function operation(change: number): Buffer {
  const buffer = Buffer.alloc(6);
  buffer.writeInt16LE(change, 2);
  buffer.writeInt16LE(IPC_NOWAIT, 4);
  return buffer;
}
