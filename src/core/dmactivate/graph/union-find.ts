/** Union-find with path halving: who stands for all that were united with a node. */
export function leaderOf<T>(leaders: Map<T, T>, node: T): T {
  let at = node;
  for (;;) {
    const up = leaders.get(at);
    if (up === undefined || up === at) return at;
    const above = leaders.get(up);
    if (above !== undefined) leaders.set(at, above);
    at = up;
  }
}
