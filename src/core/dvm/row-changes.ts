/** What has changed from one report to the next. */
export interface RowChange {
  readonly event: "added" | "removed" | "changed";
  readonly id: string;
  readonly name: string | null;
  /** By column: what it was, and what it is. */
  readonly changes: Readonly<Record<string, readonly [unknown, unknown]>>;
}

type Row = Readonly<Record<string, unknown>>;

/** Rows are the same by their ids. In the order of the newer report; what is gone comes last. */
export function rowChanges(before: readonly Row[], after: readonly Row[]): RowChange[] {
  const old = new Map(before.map((row) => [idOf(row), row]));
  const found: RowChange[] = [];
  for (const row of after) {
    const was = old.get(idOf(row));
    old.delete(idOf(row));
    if (!was) found.push(change("added", row, {}));
    else {
      const changes = changesOf(was, row);
      if (Object.keys(changes).length > 0) found.push(change("changed", row, changes));
    }
  }
  return [...found, ...[...old.values()].map((row) => change("removed", row, {}))];
}

/** A PV goes by the path of its device. */
const nameOf = ({ name, path }: Row): string | null =>
  ([name, path].find((each) => typeof each === "string") as string | undefined) ?? null;

const idOf = ({ id, name }: Row): string => String(id ?? name);

const change = (event: RowChange["event"], row: Row, changes: RowChange["changes"]): RowChange => ({
  event,
  id: idOf(row),
  name: nameOf(row),
  changes,
});

function changesOf(before: Row, after: Row): RowChange["changes"] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return Object.fromEntries(differing.map((key) => [key, [before[key] ?? null, after[key] ?? null]]));
}
