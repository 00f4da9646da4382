import { MAX_EPOCHS } from "./layout.ts";

/** A stretch of history in which every transaction was made by all members. */
export interface Epoch {
  /** 32 hex digits, random. */
  readonly id: string;
  readonly firstTxid: number;
}

/** A point of history. */
export interface Position {
  readonly txid: number;
  readonly epochs: readonly Epoch[];
}

/**
 * The list with one more epoch. A full list forgets its oldest: a disk that has been away for longer than the
 * list remembers counts as unrelated, which asks a person instead of guessing.
 */
export const withEpoch = (epochs: readonly Epoch[], epoch: Epoch): readonly Epoch[] =>
  [...epochs, epoch].slice(-MAX_EPOCHS);

/**
 * True when `y` was derived from `x`: x's newest epoch is in y's list, and x's transaction precedes y's next
 * epoch (or y's own transaction, when both are in one epoch).
 */
export function isAncestor(x: Position, y: Position): boolean {
  const newest = x.epochs.at(-1);
  const index = y.epochs.findIndex(
    ({ id, firstTxid }) => id === newest?.id && firstTxid === newest.firstTxid,
  );
  if (index < 0) return false;
  const next = y.epochs[index + 1];
  return x.txid < (next ? next.firstTxid : y.txid);
}
