/**
 * The one error class and the one table from error code to exit status.
 * A DvmError is the world misbehaving; a failed assertion (assert.ts) is our own bug.
 */
import { systemFailure } from "./system-failure.ts";

/** The closed list of codes. Scripts match on them: a code is never renamed. */
export const exitStatusOf = {
  // 1: tried and failed, the state is as before
  IO: 1,
  KERNEL: 1,
  MUTATOR_FAILED: 1,
  PROGRAM_FAILED: 1,
  DEADLINE: 1,
  // 2: bad usage or bad input
  USAGE: 2,
  BAD_INPUT: 2,
  BAD_NAME: 2,
  BAD_REGION: 2,
  UNSAFE_PROGRAM: 2,
  // 3: the state refuses it
  OUT_OF_SYNC: 3,
  ALREADY_PREPARED: 3,
  NOTHING_PREPARED: 3,
  DECIDED: 3,
  IN_USE: 3,
  INCOMPLETE: 3,
  NO_SPACE: 3,
  TOO_LARGE: 3,
  TOO_SMALL: 3,
  TABLES_DIFFER: 3,
  WOULD_LOSE_DATA: 3,
  EXISTS: 3,
  SIGNATURE: 3,
  DUPLICATE: 3,
  READ_ONLY: 3,
  STALE: 3,
  UNSUPPORTED: 3,
  BLOCK_SIZE: 3,
  // 4: not found
  NOT_FOUND: 4,
  // 5: locked by another process
  LOCKED: 5,
  // 6: bytes on disk fail their checks
  CORRUPT: 6,
  // 7: metadata committed, activation incomplete
  NOT_ACTIVATED: 7,
  // 8: left half way
  HALF_DONE: 8,
  // 70: our own bug
  BUG: 70,
} as const;

export type ErrorCode = keyof typeof exitStatusOf;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Small plain JSON for `--json-errors`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The result document to give on stdout all the same, for verbs that report and fail. */
  readonly output?: unknown;
}

export class DvmError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly output: unknown;

  constructor(code: ErrorCode, message: string, { cause, details = {}, output }: ErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "DvmError";
    this.code = code;
    this.details = details;
    this.output = output;
  }

  /** The same failure with another result document, or none. */
  withOutput(output: unknown): DvmError {
    const { code, message, cause, details } = this;
    return new DvmError(code, message, { cause: cause ?? this, details, output });
  }

  /** The process exit status that this error stands for. */
  get status(): number {
    return exitStatusOf[this.code];
  }
}

const DIRECTORY_GONE = "the current directory has been removed: go to another one, or give absolute paths";

/**
 * Nobody reads the result any more, as behind `| head`. To whoever wants to go on it is a failure like any
 * other; a command that has done all else ends quietly, and well.
 */
export class ReaderGone extends DvmError {
  constructor(cause: unknown) {
    super("IO", "stdout: nobody reads it any more", { cause });
    this.name = "ReaderGone";
  }
}

/**
 * What anything thrown amounts to: a DvmError as it is, IO for what the system refused, everything else our
 * own bug.
 */
export function toDvmError(thrown: unknown): DvmError {
  if (thrown instanceof DvmError) return thrown;
  // Whatever makes a path absolute may come upon it.
  if (thrown instanceof Error && "syscall" in thrown && thrown.syscall === "uv_cwd")
    return new DvmError("IO", DIRECTORY_GONE, { cause: thrown });
  const refused = systemFailure(thrown);
  if (refused)
    return new DvmError("IO", refused.message, { cause: thrown, details: { errno: refused.errno } });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new DvmError("BUG", message, { cause: thrown });
}

/** Whether the OS did not let this user do it; another might. */
export const isNotPermitted = ({ details }: DvmError): boolean =>
  details["errno"] === "EACCES" || details["errno"] === "EPERM";

/** The errno name of a failed system call as Node reports it, or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
}
