/** The status of a set as a table for a person. Pure. */
import type { ReplicateStatus } from "../../../schema/index.ts";
import { printable } from "../../base/printable.ts";
import { formatSize } from "../../base/units.ts";

export function renderStatus({ state, advice, active, prepared, regions }: ReplicateStatus): string {
  const rows = regions.map((region) => [
    String(region.index),
    region.path,
    String(region.offset),
    formatSize(region.length),
    region.state,
    region.relation,
    region.active ? String(region.active.txid) : "-",
    region.shadow ? String(region.shadow.txid) : "-",
    [region.error?.message, ...region.problems].filter(Boolean).join("; "),
  ]);
  const head = ["#", "path", "offset", "size", "state", "relation", "txid", "prepared", ""];
  const about = active
    ? `transaction ${active.txid} of ${active.time ?? "no date"}, ${active.contentLength} bytes`
    : "no content agreed on";
  const next = prepared ? `, transaction ${prepared.txid} prepared` : "";
  return `${table([head, ...rows])}\nThe set is ${state}: ${about}${next}.\nNext: ${advice}.\n`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => printable(row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}
