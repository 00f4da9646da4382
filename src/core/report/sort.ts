import type { Column, Row, Value } from "./column.ts";
import { compareText } from "./compare.ts";
import { columnNamed } from "./pick.ts";

/**
 * The rows in the order that a person asked for: columns separated by commas, the first one counting most,
 * `-` before a name for descending. What is not known comes last either way. Equal rows keep their order.
 * @throws DvmError USAGE for a name that is no column
 */
export function sortRows(rows: readonly Row[], text: string, columns: readonly Column[]): Row[] {
  const keys = text.split(",").map((word) => {
    const name = word.trim();
    const descending = name.startsWith("-");
    return { column: columnNamed(descending ? name.slice(1) : name, columns), descending };
  });
  return [...rows].sort((a, b) => {
    for (const { column, descending } of keys) {
      const order = compareValues(a[column.name] ?? null, b[column.name] ?? null, descending);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compareValues(a: Value, b: Value, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order =
    typeof a === "number" || typeof a === "boolean"
      ? Number(a) - Number(b)
      : compareText(textOf(a), textOf(b));
  return descending ? -order : order;
}

const textOf = (value: Value): string => (Array.isArray(value) ? value.join(",") : String(value));
