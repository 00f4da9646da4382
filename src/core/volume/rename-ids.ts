/**
 * The same value with every id of the map replaced: wherever a thing is named in it, it is by its id alone.
 */
export function renameIds<T>(value: T, newIds: ReadonlyMap<string, string>): T {
  const visit = (node: unknown): unknown => {
    if (typeof node === "string") return newIds.get(node) ?? node;
    if (Array.isArray(node)) return node.map(visit);
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, visit(each)]));
  };
  return visit(value) as T;
}
