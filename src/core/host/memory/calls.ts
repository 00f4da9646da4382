import { errnoName } from "../errno.ts";
import { libc } from "../native.ts";

/** Addresses and lengths in bytes; user addresses end below 2^47, so a number holds them. */
export interface MemoryCalls {
  mmap(
    address: number,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): number;
  munmap(address: number, length: number): number;
  mlockall(flags: number): number;
  munlockall(): number;
  mlock(address: number, length: number): number;
  mlock2(address: number, length: number, flags: number): number;
  madvise(address: number, length: number, advice: number): number;
  prctl(option: number, value: number): number;
  getrusage(who: number, usage: Uint8Array): number;
  /** Name of the last error, as "ENOMEM". */
  errnoName(): string;
}

/** From <sys/mman.h>. */
export const MCL = { FUTURE: 2, ONFAULT: 4 } as const;
export const MLOCK_ONFAULT = 1;
/** Linux 5.14. */
export const MADV = { POPULATE_READ: 22, POPULATE_WRITE: 23 } as const;
export const PROT_NONE = 0;
export const MAP = { PRIVATE: 2, ANONYMOUS: 0x20, NORESERVE: 0x4000 } as const;
/** What mmap(2) gives for an error. */
export const MAP_FAILED = -1;
/** From <linux/prctl.h>, Linux 5.6: allocations made for this thread never wait for I/O. */
export const PR_SET_IO_FLUSHER = 57;

let declared: MemoryCalls | undefined;

/** System calls about memory, as in the manual pages: -1 is an error, which `errnoName()` has. */
export function memoryCalls(): MemoryCalls {
  declared ??= declareAll();
  return declared;
}

function declareAll(): MemoryCalls {
  const { declare, errno } = libc();
  const prctl = declare("int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)");
  return {
    mmap: declare("int64_t mmap(uint64_t, size_t, int, int, int, int64_t)"),
    munmap: declare("int munmap(uint64_t, size_t)"),
    mlockall: declare("int mlockall(int)"),
    munlockall: declare("int munlockall()"),
    mlock: declare("int mlock(uint64_t, size_t)"),
    mlock2: declare("int mlock2(uint64_t, size_t, unsigned int)"),
    madvise: declare("int madvise(uint64_t, size_t, int)"),
    prctl: (option, value) => prctl(option, value, 0, 0, 0), // the unused ones have to be zero
    getrusage: declare("int getrusage(int, void *)"),
    errnoName: () => errnoName(errno()),
  };
}
