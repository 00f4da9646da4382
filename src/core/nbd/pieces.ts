import { alignedBuffer } from "../base/aligned.ts";
import { roundDown, roundUp, SECTOR } from "../base/units.ts";

/** So much of a request is in memory at once, and moved at once. */
export const PIECE = 1 << 20;
const SMALL = 1 << 16;
/** Of each size so many are kept for the next that needs one. */
const MOST_KEPT = 64;

/** A part of a request within one PIECE of the device: whole sectors around [begin, end). */
export interface RequestPiece {
  readonly begin: number;
  readonly end: number;
  /** On the device. */
  readonly at: number;
  readonly length: number;
}

/** Splits [offset, offset + length) where the device's pieces of PIECE bytes meet. */
export function piecesOf(offset: number, length: number): RequestPiece[] {
  const pieces: RequestPiece[] = [];
  for (let begin = offset; begin < offset + length; ) {
    const end = Math.min(offset + length, roundDown(begin, PIECE) + PIECE);
    const at = roundDown(begin, SECTOR);
    pieces.push({ begin, end, at, length: roundUp(end, SECTOR) - at });
    begin = end;
  }
  return pieces;
}

const kept = new Map<number, Buffer[]>([
  [SMALL, []],
  [PIECE, []],
]);

/** What a piece of this length takes of memory. */
export const costOf = (length: number): number => (length <= SMALL ? SMALL : PIECE);

/** A buffer of exactly this length for disks; `giveBack` it when nothing uses it any more. */
export function takeBuffer(length: number): { readonly bytes: Buffer; readonly giveBack: () => void } {
  const size = costOf(length);
  const free = kept.get(size) ?? [];
  const whole = free.pop() ?? alignedBuffer(size);
  const giveBack = () => {
    if (free.length < MOST_KEPT) free.push(whole);
  };
  return { bytes: whole.subarray(0, length), giveBack };
}
