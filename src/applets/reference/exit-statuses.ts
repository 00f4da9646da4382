/** What exit statuses mean, for man pages; docs/exit-codes.md says the same and more. */
export const exitStatuses: readonly (readonly [status: number, meaning: string])[] = [
  [0, "done; for status and find: the question was answered, whatever the answer"],
  [1, "tried and failed; the state is as before"],
  [2, "bad usage or bad input"],
  [3, "the state refuses it"],
  [4, "not found"],
  [5, "locked by another process"],
  [6, "corrupt"],
  [7, "metadata committed, activation incomplete: rerun `dvm activate`"],
  [8, "left half way: run `dvm recover`"],
  [70, "our own bug"],
];
