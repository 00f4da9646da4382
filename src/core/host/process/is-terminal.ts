import { fstatSync } from "node:fs";

/** st_rdev of /dev/null, which is a character device too. */
const NULL_DEVICE = 0x103;

/**
 * True when the descriptor is a terminal. Node's own streams are not asked: they take some milliseconds to
 * make, and turn a pipe to non-blocking, so that who writes much would have to try again and again.
 */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stats = fstatSync(fd);
    if (!stats.isCharacterDevice() || stats.rdev === NULL_DEVICE) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(fd);
}
