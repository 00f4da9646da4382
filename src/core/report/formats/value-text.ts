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

/** Text that cannot steer a terminal: a path may hold any byte. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
