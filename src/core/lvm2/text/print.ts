/** Writes LVM2's grammar, as LVM2 itself lays it out on disk: no indentation. */
import { isSection, type TextSection, type TextValue } from "./section.ts";

/** The text of a section's items, a line each; parse reads it back. */
export function printItems({ items }: TextSection): string {
  return [...items]
    .map(([name, value]) =>
      isSection(value) ? `\n${name} {\n${printItems(value)}}\n` : `${name} = ${printValue(value)}\n`,
    )
    .join("");
}

function printValue(value: TextValue): string {
  if (typeof value === "object") return `[${value.map(printSingle).join(", ")}]`;
  return printSingle(value);
}

const printSingle = (value: number | string): string =>
  typeof value === "number" ? String(value) : `"${value.replace(/["\\]/g, "\\$&")}"`;
