import { DvmError, type ErrorCode, type ErrorOptions } from "./error.ts";

/** A failure of what is at a path: `PATH: REASON`, for whoever has to know whether the path has been said. */
export class PathError extends DvmError {
  readonly path: string;
  readonly reason: string;

  constructor(code: ErrorCode, path: string, reason: string, options: ErrorOptions = {}) {
    super(code, `${path}: ${reason}`, { ...options, details: { path, ...options.details } });
    this.path = path;
    this.reason = reason;
  }
}

/** Whether an error says of itself that it is about that path. */
export const isAbout = (error: DvmError, path: string): error is PathError =>
  error instanceof PathError && error.path === path;
