import { readFileSync } from "node:fs";
import type { Caller } from "../../port/caller.ts";

/** As the kernel puts it that nobody has logged in. */
const NOBODY = 0xffff_ffff;

/**
 * Of this process. The environment is not asked: anybody can write into it whatever they like.
 * @param words the name it was called by, then its arguments
 */
export const hostCaller = (words: readonly string[], takesMutator: boolean): Caller => ({
  words,
  takesMutator,
  uid: process.getuid?.() ?? 0,
  loginUid: loginUid(),
  // Few calls need it.
  host: process.getBuiltinModule("node:os").hostname(),
});

/** proc(5), /proc/pid/loginuid: kept by the audit system, through su and sudo. */
function loginUid(): number | null {
  try {
    const text = readFileSync("/proc/self/loginuid", "latin1").trim();
    return /^\d{1,10}$/.test(text) && Number(text) !== NOBODY ? Number(text) : null;
  } catch {
    return null;
  }
}
