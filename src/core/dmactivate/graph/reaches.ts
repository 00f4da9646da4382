/** Whether a way leads to such a node, one of those that it begins with among them. */
export function reaches<T>(
  from: readonly T[],
  next: (node: T) => readonly T[],
  isSuch: (node: T) => boolean,
): boolean {
  const seen = new Set(from);
  for (const node of seen) {
    if (isSuch(node)) return true;
    for (const each of next(node)) seen.add(each);
  }
  return false;
}
