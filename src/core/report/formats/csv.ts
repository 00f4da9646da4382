import type { Column, Row, Value } from "../column.ts";

/**
 * Comma-separated values as RFC 4180 has them, but for a plain newline: a line of column names, then a line
 * for each row. Sizes are sectors; lists are joined by blanks; what is not known is empty.
 */
export function formatCsv(rows: readonly Row[], columns: readonly Column[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map(({ name }) => plain(row[name] ?? null))),
  ];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

const plain = (value: Value): string =>
  value === null ? "" : Array.isArray(value) ? value.join(" ") : String(value);

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
