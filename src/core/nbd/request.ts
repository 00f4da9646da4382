import { CMD, CMD_FLAG, ERRNO, type Errno, MAX_REQUEST, REQUEST_MAGIC } from "./layout.ts";
import type { Chosen } from "./negotiate.ts";

export const REQUEST_BYTES = 28;

export interface Request {
  readonly flags: number;
  readonly type: number;
  /** Whatever the client calls it by. */
  readonly cookie: bigint;
  readonly offset: bigint;
  readonly length: number;
}

/** @returns undefined for what is no request: where the next one begins is not known then */
export function decodeRequest(head: Buffer): Request | undefined {
  if (head.readUInt32BE(0) !== REQUEST_MAGIC) return undefined;
  return {
    flags: head.readUInt16BE(4),
    type: head.readUInt16BE(6),
    cookie: head.readBigUInt64BE(8),
    offset: head.readBigUInt64BE(16),
    length: head.readUInt32BE(24),
  };
}

const KNOWN_FLAGS: Readonly<Record<number, number>> = {
  [CMD.READ]: CMD_FLAG.FUA | CMD_FLAG.DF,
  [CMD.WRITE]: CMD_FLAG.FUA,
  [CMD.FLUSH]: CMD_FLAG.FUA,
  [CMD.TRIM]: CMD_FLAG.FUA,
  [CMD.WRITE_ZEROES]: CMD_FLAG.FUA | CMD_FLAG.NO_HOLE,
  [CMD.BLOCK_STATUS]: CMD_FLAG.FUA | CMD_FLAG.REQ_ONE,
};
const WRITING: readonly number[] = [CMD.WRITE, CMD.TRIM, CMD.WRITE_ZEROES];

/** @returns what it is refused with before anything is done; undefined when it is as it should be */
export function refusalOf(
  { flags, type, offset, length }: Request,
  { export: { size, isReadOnly, logicalBlockSize }, structured, hasContext }: Chosen,
): Errno | undefined {
  const known = KNOWN_FLAGS[type];
  if (known === undefined || (flags & ~known) !== 0) return ERRNO.EINVAL;
  if ((flags & CMD_FLAG.DF) !== 0 && !structured) return ERRNO.EINVAL;
  if (type === CMD.FLUSH) return undefined;
  if (type === CMD.BLOCK_STATUS && (!hasContext || length === 0)) return ERRNO.EINVAL;
  if (WRITING.includes(type) && isReadOnly) return ERRNO.EPERM;
  const isMoved = type === CMD.READ || type === CMD.WRITE;
  if (isMoved && length > MAX_REQUEST) return ERRNO.EINVAL;
  if (offset + BigInt(length) > BigInt(size)) return isWrite(type) ? ERRNO.ENOSPC : ERRNO.EINVAL;
  const isWhole = Number(offset) % logicalBlockSize === 0 && length % logicalBlockSize === 0;
  return isWrite(type) && !isWhole ? ERRNO.EINVAL : undefined;
}

const isWrite = (type: number): boolean => type === CMD.WRITE || type === CMD.WRITE_ZEROES;
