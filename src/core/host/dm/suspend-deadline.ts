/**
 * A deadline for the one ioctl that waits for disks while others may be suspended. A suspend waits until what
 * is in flight has been answered, which a dead path may never do; the kernel lets a signal interrupt that,
 * leads back, and gives EINTR (dm_wait_for_completion of dm.c). A file system that hangs while it is frozen
 * cannot be interrupted.
 *
 * The signal is a timer's, for this thread alone. Its handler is a function of the C library that does
 * nothing: JavaScript may not run in one. It is put in place without SA_RESTART, by which the wait would
 * begin anew.
 */
import { steadyMs } from "../../base/steady-ms.ts";
import { DM_COMMAND, DM_FLAG } from "../../dm/ioctl.ts";
import type { DmCall } from "../../dm/requests.ts";
import { libc } from "../native.ts";

export interface SuspendDeadline {
  readonly ms: number;
  /** Takes no memory to speak of. */
  begin(): void;
  /** Whether the time is over. */
  isOver(): boolean;
  end(): void;
}

const SIGALRM = 14;
const CLOCK_MONOTONIC = 1;
const SIGEV_THREAD_ID = 4;
/** struct sigaction and struct sigevent of the C library, with room to spare. */
const STRUCT_BYTES = 256;
const ITIMERSPEC_BYTES = 32;
/** A signal that comes before the ioctl has begun to wait interrupts nothing, so others follow. */
const AGAIN_MS = 100;
/** Once one suspend has not been done in time: whoever waits for those that were has waited long enough. */
const IMPATIENT_MS = 1000;

/**
 * Makes the timer, which lives as long as this process. The C library of an old system has none: nothing is
 * ever over then.
 */
export function suspendDeadline(ms: number): SuspendDeadline {
  const settime = timer();
  const [patient, impatient, off] = [ms, Math.min(ms, IMPATIENT_MS), 0].map(itimerspec);
  let limit = ms;
  let begun = 0;
  return {
    ms,
    begin() {
      begun = steadyMs();
      settime?.(limit === ms ? patient : impatient);
    },
    isOver() {
      const over = settime !== undefined && steadyMs() - begun >= limit;
      if (over) limit = Math.min(ms, IMPATIENT_MS);
      return over;
    },
    end: () => settime?.(off),
  };
}

/** A resume is the same command without the flag. */
export const isSuspend = ({ command, flags = 0 }: DmCall): boolean =>
  command === DM_COMMAND.suspend && (flags & DM_FLAG.suspend) !== 0;

/** Why it was not done. */
export const hangs = ({ ms }: SuspendDeadline): string =>
  `what is in flight was not answered within ${ms} ms, so it is not suspended`;

interface Spec {
  readonly address: number;
  /** So that it stays where it is. */
  readonly bytes: Buffer;
}

function itimerspec(ms: number): Spec {
  const bytes = Buffer.alloc(ITIMERSPEC_BYTES);
  writeTime(bytes, 0, ms === 0 ? 0 : AGAIN_MS);
  writeTime(bytes, 16, ms);
  return { bytes, address: libc().addressOf(bytes) };
}

function writeTime(bytes: Buffer, at: number, ms: number): void {
  bytes.writeBigInt64LE(BigInt(Math.floor(ms / 1000)), at);
  bytes.writeBigInt64LE(BigInt((ms % 1000) * 1_000_000), at + 8);
}

function timer(): ((spec: Spec | undefined) => void) | undefined {
  const { declare, addressOf } = libc();
  try {
    const handler = BigInt(declare("uint64_t dlsym(uint64_t, const char *)")(0, "abs"));
    const settime = declare("int timer_settime(uint64_t, int, uint64_t, uint64_t)");
    const action = Buffer.alloc(STRUCT_BYTES);
    action.writeBigUInt64LE(handler, 0);
    const event = Buffer.alloc(STRUCT_BYTES);
    event.writeInt32LE(SIGALRM, 8);
    event.writeInt32LE(SIGEV_THREAD_ID, 12);
    event.writeInt32LE(declare("int gettid()")(), 16);
    const id = Buffer.alloc(8);
    const create = declare("int timer_create(int, uint64_t, uint64_t)");
    if (handler === 0n || create(CLOCK_MONOTONIC, addressOf(event), addressOf(id)) < 0) return undefined;
    if (declare("int sigaction(int, uint64_t, uint64_t)")(SIGALRM, addressOf(action), 0) < 0)
      return undefined;
    const timerId = Number(id.readBigUInt64LE(0));
    return (spec) => void settime(timerId, 0, spec?.address ?? 0, 0);
  } catch {
    return undefined;
  }
}
