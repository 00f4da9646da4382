import type { Column, Row } from "../column.ts";
import { valueText } from "./value-text.ts";

const NUMBERS: ReadonlySet<Column["kind"]> = new Set(["sectors", "count", "percent"]);

/** Columns under their names, numbers to the right, two blanks between. */
export function formatTable(rows: readonly Row[], columns: readonly Column[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map((column) => valueText(row[column.name] ?? null, column))),
  ];
  const widths = columns.map((_, at) =>
    lines.reduce((widest, cells) => Math.max(widest, (cells[at] ?? "").length), 0),
  );
  return lines
    .map((cells) => {
      const padded = cells.map((cell, at) =>
        NUMBERS.has(columns[at]?.kind ?? "text")
          ? cell.padStart(widths[at] ?? 0)
          : cell.padEnd(widths[at] ?? 0),
      );
      return `${padded.join("  ").trimEnd()}\n`;
    })
    .join("");
}
