import type { DvmError, ErrorCode } from "../base/error.ts";
import { ERRNO, type Errno } from "./layout.ts";

const KNOWN: Partial<Record<ErrorCode, Errno>> = {
  NO_SPACE: ERRNO.ENOSPC,
  READ_ONLY: ERRNO.EPERM,
  UNSUPPORTED: ERRNO.ENOTSUP,
};

/** What a client is told of a failure. */
export const errnoFor = ({ code }: DvmError): Errno => KNOWN[code] ?? ERRNO.EIO;
