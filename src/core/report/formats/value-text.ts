import { printable } from "../../base/printable.ts";
import { formatSize } from "../../base/units.ts";
import type { Column, Value } from "../column.ts";

/** A value as people read it; `-` for what is not known. */
export function valueText(value: Value, { kind }: Pick<Column, "kind">): string {
  if (value === null) return "-";
  if (typeof value === "number") {
    if (kind === "sectors") return formatSize(value);
    return kind === "percent" ? value.toFixed(1) : String(value);
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  return printable(typeof value === "string" ? value : value.join(","));
}
