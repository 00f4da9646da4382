import { constants } from "node:os";

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Where Linux gives one number two names, the one that the manual pages use.
NAMES.set(constants.errno.EAGAIN, "EAGAIN");
NAMES.set(constants.errno.EOPNOTSUPP, "EOPNOTSUPP");

/** The name of an errno number, as `EBUSY` for 16; `errno 4711` for one without a name. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}
