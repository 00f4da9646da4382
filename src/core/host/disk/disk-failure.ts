import { DvmError, type ErrorCode, errnoOf } from "../../base/error.ts";
import { PathError } from "../../base/path-error.ts";
import { reasonOf } from "../../base/system-failure.ts";
import type { OpenMode } from "../../port/block.ts";

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: "NOT_FOUND",
  ENOTDIR: "NOT_FOUND",
  ENXIO: "NOT_FOUND",
  ENODEV: "NOT_FOUND",
  ENOMEDIUM: "NOT_FOUND",
  EISDIR: "BAD_INPUT",
  ELOOP: "BAD_INPUT",
  ENAMETOOLONG: "BAD_INPUT",
  ERR_INVALID_ARG_VALUE: "BAD_INPUT",
  EBUSY: "IN_USE",
  EROFS: "READ_ONLY",
};

const NOT_PERMITTED = process.geteuid?.() === 0 ? "permission denied" : "permission denied: run as root";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such device or file",
  ENOTDIR: "no such device or file",
  ENXIO: "no device answers behind it",
  ENODEV: "no device answers behind it",
  ENOMEDIUM: "no medium in it",
  EISDIR: "is a directory, not a block device or an image file",
  ERR_INVALID_ARG_VALUE: "is no path: it holds a zero byte",
  EBUSY: "is in use",
  EROFS: "is read-only",
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
};

/**
 * What the kernel refused about a device or an image file, in words.
 * @param cause what was thrown; a DvmError stays as it is
 * @param mode how it was to be opened: that it may not be written is another thing than that it may not be
 *   read
 */
export function diskFailure(path: string, cause: unknown, mode?: OpenMode): DvmError {
  if (cause instanceof DvmError) return cause;
  const errno = errnoOf(cause) ?? String(cause);
  const may = mode?.write && REASONS[errno] === NOT_PERMITTED ? "may not be written: " : "";
  return new PathError(CODES[errno] ?? "IO", path, `${may}${REASONS[errno] ?? reasonOf(errno)}`, {
    cause,
    details: { path, errno },
  });
}
