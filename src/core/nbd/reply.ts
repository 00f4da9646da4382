import {
  type Errno,
  REPLY_FLAG_DONE,
  REPLY_TYPE,
  SIMPLE_REPLY_MAGIC,
  STATE,
  STRUCTURED_REPLY_MAGIC,
} from "./layout.ts";
import { CONTEXT_ID } from "./negotiate.ts";

/** An answer without data, or the head of one with data. */
export function simpleReply(cookie: bigint, errno: Errno | 0): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  bytes.writeUInt32BE(errno, 4);
  bytes.writeBigUInt64BE(cookie, 8);
  return bytes;
}

/** The head of a chunk, the last one where `isDone`, with `body` and room counted for more behind it. */
function chunk(cookie: bigint, type: number, isDone: boolean, body: Buffer, more = 0): Buffer {
  const bytes = Buffer.allocUnsafe(20 + body.length);
  bytes.writeUInt32BE(STRUCTURED_REPLY_MAGIC, 0);
  bytes.writeUInt16BE(isDone ? REPLY_FLAG_DONE : 0, 4);
  bytes.writeUInt16BE(type, 6);
  bytes.writeBigUInt64BE(cookie, 8);
  bytes.writeUInt32BE(body.length + more, 16);
  body.copy(bytes, 20);
  return bytes;
}

/** Goes before `length` bytes that were read at `offset`. */
export function dataHead(cookie: bigint, isDone: boolean, offset: number, length: number): Buffer {
  const body = Buffer.allocUnsafe(8);
  body.writeBigUInt64BE(BigInt(offset));
  return chunk(cookie, REPLY_TYPE.OFFSET_DATA, isDone, body, length);
}

export const emptyChunk = (cookie: bigint): Buffer => chunk(cookie, REPLY_TYPE.NONE, true, Buffer.alloc(0));

/** The last chunk of an answer that failed. */
export function errorChunk(cookie: bigint, errno: Errno): Buffer {
  const body = Buffer.alloc(6);
  body.writeUInt32BE(errno, 0);
  return chunk(cookie, REPLY_TYPE.ERROR, true, body);
}

export function statusChunk(
  cookie: bigint,
  runs: readonly { readonly length: number; readonly isHole: boolean }[],
): Buffer {
  const body = Buffer.alloc(4 + 8 * runs.length);
  body.writeUInt32BE(CONTEXT_ID, 0);
  for (const [index, { length, isHole }] of runs.entries()) {
    body.writeUInt32BE(length, 4 + 8 * index);
    body.writeUInt32BE(isHole ? STATE.HOLE | STATE.ZERO : 0, 8 + 8 * index);
  }
  return chunk(cookie, REPLY_TYPE.BLOCK_STATUS, true, body);
}
