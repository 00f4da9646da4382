import { DvmError, toDvmError } from "../base/error.ts";

/**
 * What to throw when a transaction has failed and what came before it is undone: the failure itself, or that
 * it was left half way when `undo` fails too.
 * @param what could not be done then, in words
 */
export async function afterUndo(
  failure: unknown,
  what: string,
  undo: () => Promise<unknown>,
): Promise<unknown> {
  try {
    await undo();
    return failure;
  } catch (thrown) {
    const why = `${toDvmError(failure).message}; then ${what}: ${toDvmError(thrown).message}`;
    return new DvmError("HALF_DONE", `${why}; run tm recover`, { cause: failure });
  }
}
