import { DvmError } from "../base/error.ts";
import type { Column } from "./column.ts";

/**
 * The columns that a person asked for: names separated by commas, in that order; `all` stands for every one.
 * @throws DvmError USAGE for a name that is none, or that stands twice
 */
export function pickColumns(text: string, columns: readonly Column[]): readonly Column[] {
  const names = text.split(",").map((name) => name.trim());
  const picked = names.flatMap((name) => (name === "all" ? columns : [columnNamed(name, columns)]));
  const twice = picked.find((column, index) => picked.indexOf(column) !== index);
  if (twice) throw new DvmError("USAGE", `column ${twice.name} is asked for twice`);
  return picked;
}

/** @throws DvmError USAGE */
export function columnNamed(name: string, columns: readonly Column[]): Column {
  const column = columns.find((each) => each.name === name);
  if (column) return column;
  const known = columns.map((each) => each.name).join(", ");
  throw new DvmError("USAGE", `no column "${name}"; there is ${known}`);
}
