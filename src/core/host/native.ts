import { errnoName } from "./errno.ts";
import { koffi } from "./koffi.ts";

/**
 * Functions of the C library, as in the manual pages: each gives -1 for an error, whose number
 * `errno()` has as long as nothing else was called in between.
 */
export interface Libc {
  /** ioctl(2) with a buffer that the kernel reads and writes in place. */
  ioctl(fd: number, request: number, buffer: Uint8Array): number;
  /** flock(2); the `LOCK` table has the operations. Without `LOCK.NB` it blocks the whole process. */
  flock(fd: number, operation: number): number;
  /** The number of the last error of this thread. */
  errno(): number;
  /** Where the bytes of a buffer lie, as long as it lives. Below 2^47, so a number holds it. */
  addressOf(buffer: Uint8Array): number;
  /** Declares one more function from its C prototype; do it once and keep the result. */
  declare(prototype: string): NativeFunction;
}

export interface NativeFunction {
  // biome-ignore lint/suspicious/noExplicitAny: a C prototype has no TypeScript type
  (...args: any[]): any;
  /** In a thread of libuv's; the last argument is called back with an error or the result. */
  async(...args: unknown[]): void;
}

/** Operations of flock(2), from <sys/file.h>. */
export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;

let declared: Libc | undefined;

/**
 * The C library. The first call loads koffi and declares the functions (some milliseconds), so call it
 * where the first native function is needed and not while modules are loaded.
 */
export function libc(): Libc {
  declared ??= declareAll();
  return declared;
}

function declareAll(): Libc {
  const { load, errno, address } = koffi();
  const library = load(null);
  // ioctl is variadic in C, which on Linux changes nothing for integer and pointer arguments.
  return {
    ioctl: library.func("int ioctl(int, unsigned long, void *)"),
    flock: library.func("int flock(int, int)"),
    errno,
    addressOf: (buffer) => Number(address(buffer)),
    declare: (prototype) => library.func(prototype),
  };
}

/**
 * Passes on what a C function returned, or throws what errno says as Node's own system calls do.
 *
 * @param syscall name of the function for the message
 * @throws Error with `code` (as "EBUSY"), `errno` (negative, as Node has it) and `syscall`
 */
export function checked(syscall: string, result: number): number {
  if (result !== -1) return result;
  const errno = libc().errno();
  const code = errnoName(errno);
  throw Object.assign(new Error(`${syscall}: ${code}`), { code, errno: -errno, syscall });
}
