import { DvmError, errnoOf } from "./error.ts";
import { reasonOf } from "./system-failure.ts";

/**
 * What `make` allocates: for sizes that come from outside, since V8 says in words only that there is no
 * memory.
 * @throws DvmError IO with ENOMEM when there is not enough
 */
export function allocated<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    // With a code it is Node's: the size is none.
    if (!(cause instanceof RangeError) || errnoOf(cause) !== undefined) throw cause;
    throw new DvmError("IO", reasonOf("ENOMEM"), { cause, details: { errno: "ENOMEM" } });
  }
}
