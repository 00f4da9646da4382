/**
 * A cookie of libdevmapper: a semaphore on which this process waits until udev has handled all events that carry
 * the cookie. Each event adds one, and the rule file 95-dm-notify.rules takes one away at its end.
 */
import { DvmError } from "../base/error.ts";
import { checked, libc } from "./native.ts";

/** Upper half of the key of every such semaphore; the lower half is the cookie. */
const MAGIC = 0x0d4d;
const IPC_CREAT = 0o1000;
const IPC_EXCL = 0o2000;
const IPC_NOWAIT = 0o4000;
const IPC_RMID = 0;
const GETVAL = 12;
const SETVAL = 16;
/** How often somebody else's cookie may be met. */
const ATTEMPTS = 64;

export interface UdevCookie {
  /** What the events carry: 16 bits, never 0. */
  readonly base: number;
  /** Counts an event that is to come. Takes no memory. @returns false when the semaphore cannot count further */
  add(): boolean;
  /** It has not come after all. Takes no memory. */
  drop(): void;
  /** Waits until none is to come, ms at most. @returns how many are still to come */
  wait(ms: number): number;
  /** Gives the semaphore back; whoever waits for it is woken. */
  remove(): void;
}

/**
 * Makes a cookie.
 * @param random gives 16 bits
 * @throws DvmError KERNEL when the machine has no semaphore left
 */
export function makeCookie(random: () => number): UdevCookie {
  const { declare, errno } = libc();
  const semget = declare("int semget(int, int, int)");
  const semctl = declare("int semctl(int, int, int, int)");
  const semtimedop = declare("int semtimedop(int, void *, size_t, void *)");
  const [id, base] = create(semget, random);
  const [plus, minus, zero] = [operation(1), operation(-1), Buffer.alloc(6)];
  const timeout = Buffer.alloc(16);
  const value = (): number => Math.max(0, semctl(id, 0, GETVAL, 0));
  // One for this process itself, lest it be zero before the last event was counted.
  checked("semctl", semctl(id, 0, SETVAL, 1));
  return {
    base,
    add: () => semtimedop(id, plus, 1, null) === 0,
    drop: () => void semtimedop(id, minus, 1, null),
    wait(ms) {
      timeout.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), 0);
      timeout.writeBigInt64LE(BigInt(Math.floor((ms % 1000) * 1e6)), 8);
      if (semtimedop(id, zero, 1, timeout) === 0) return 0;
      // Somebody has removed it, as `dmsetup udevcomplete_all` does: nothing to wait for.
      return errno() === EIDRM || errno() === EINVAL ? 0 : value();
    },
    remove: () => void semctl(id, 0, IPC_RMID, 0),
  };
}

const EINVAL = 22;
const EIDRM = 43;

function create(semget: (...args: number[]) => number, random: () => number): [id: number, base: number] {
  for (let attempt = 1; ; attempt += 1) {
    const base = random() & 0xffff || 1;
    try {
      return [checked("semget", semget((MAGIC << 16) | base, 1, IPC_CREAT | IPC_EXCL | 0o600)), base];
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
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
