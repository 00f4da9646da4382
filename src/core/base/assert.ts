/** Throws when `condition` does not hold: always our own bug (exit 70), never the world's doing. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The value, which the caller knows to be there. */
export function defined<T>(value: T | undefined | null, what: string): T {
  // The message is made only for a bug: this is called for each of thousands of devices.
  if (value === undefined || value === null) throw new AssertionError(`${what} is missing`);
  return value;
}

class AssertionError extends Error {
  override readonly name = "AssertionError";
}
