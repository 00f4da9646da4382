import { errnoOf } from "../../base/error.ts";
import { checked, LOCK, libc } from "../native.ts";

/** flock(2) without waiting. @returns false when somebody else has it @throws what the system refuses */
export function tryFlock(fd: number, mode: "shared" | "exclusive"): boolean {
  try {
    checked("flock", libc().flock(fd, (mode === "shared" ? LOCK.SH : LOCK.EX) | LOCK.NB));
    return true;
  } catch (cause) {
    if (errnoOf(cause) === "EAGAIN") return false;
    throw cause;
  }
}
