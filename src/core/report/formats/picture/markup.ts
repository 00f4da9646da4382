import { printable } from "../../../base/printable.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text for markup, between tags or in an attribute. Names of files may be anybody's. */
export const escaped = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found);

/** An element with attributes and what it holds, which is markup. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly string[]
): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const head = `<${name}${words.join("")}`;
  return content.length === 0 ? `${head}/>` : `${head}>${content.join("")}</${name}>`;
}
