import type { Table } from "../../schema/index.ts";

/** True for a table with a line of such a type. */
export function hasType(table: Table | null | undefined, isSuch: (type: string) => boolean): boolean {
  if (!table) return false;
  // By index: it is asked several times for each device, and most tables have one line.
  for (let at = 0; at < table.length; at += 1) if (isSuch(table[at]?.type ?? "")) return true;
  return false;
}
