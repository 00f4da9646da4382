import { type DmFailure, DmRefused } from "../port/dm.ts";

/**
 * An operation of a program that failed: refused by the kernel, or what it found is not what was expected.
 */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly failure: DmFailure;

  constructor(failure: DmFailure) {
    super(failure.reason ?? failure.errno);
    this.failure = failure;
  }
}

/**
 * The errno of info with expect and of check-status when a device is not as expected. No errno of the kernel.
 */
const UNEXPECTED = "UNEXPECTED";

export const unexpected = (reason: string): OperationFailed =>
  new OperationFailed({ errno: UNEXPECTED, reason });

/** The failure that was thrown; anything else is thrown on. */
export function failureOf(thrown: unknown): DmFailure {
  if (thrown instanceof DmRefused || thrown instanceof OperationFailed) return thrown.failure;
  throw thrown;
}
