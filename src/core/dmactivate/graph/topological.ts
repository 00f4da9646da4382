import { defined } from "../../base/assert.ts";

/** What goes before what: each node after all that `before` gives for it. Linear, and without recursion. */
export interface TopologicalOrder<T> {
  readonly sorted: readonly T[];
  /** Nodes that lie on or behind a cycle, one cycle first; empty when there is none. */
  readonly cycle: readonly T[];
}

/**
 * Orders nodes so that each stands after those it depends on (children before parents). Among those that
 * are free to stand anywhere the order given is kept, so that the same input gives the same plan.
 */
export function orderNodes<T>(nodes: readonly T[], before: (node: T) => readonly T[]): TopologicalOrder<T> {
  const sorted: T[] = [];
  const state = new Map<T, "open" | "done">();
  const members = new Set(nodes);
  let cycle: readonly T[] = [];
  for (const root of nodes) {
    if (state.has(root)) continue;
    state.set(root, "open");
    const path: { readonly node: T; readonly next: readonly T[]; at: number }[] = [
      { node: root, next: before(root), at: 0 },
    ];
    while (path.length > 0) {
      const top = defined(path.at(-1), "end of the path");
      const child = top.next[top.at];
      top.at += 1;
      if (child === undefined) {
        state.set(top.node, "done");
        sorted.push(top.node);
        path.pop();
      } else if (!members.has(child) || state.get(child) === "done") {
        // Nothing to do before it.
      } else if (state.get(child) === "open") {
        if (cycle.length === 0) {
          const nodesOfPath = path.map(({ node }) => node);
          cycle = nodesOfPath.slice(nodesOfPath.indexOf(child));
        }
      } else {
        state.set(child, "open");
        path.push({ node: child, next: before(child), at: 0 });
      }
    }
  }
  return { sorted, cycle };
}
