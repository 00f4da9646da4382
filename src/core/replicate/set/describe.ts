import type { ReplicateState } from "../../../schema/index.ts";
import type { State } from "../disk/root.ts";

/** A state as the documents show it. */
export const describeState = ({
  id,
  root: { state },
}: {
  readonly id: string;
  readonly root: { readonly state: State };
}): ReplicateState => ({
  txid: state.txid,
  contentHash: id,
  contentLength: state.contentLength,
  time: timeOf(state.timestamp),
  epochs: state.epochs.length,
});

/** A hostile timestamp is no reason to fail. */
const timeOf = (milliseconds: number): string | null => {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};
