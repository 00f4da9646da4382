/** Texts with something else in them; what is not named stays as it is, where it is. */
import { isSection, type TextSection, type TextValue } from "./section.ts";

/** With these values; what is not there yet comes last. One of undefined is left out. */
export function withItems(
  { items }: TextSection,
  values: Readonly<Record<string, TextValue | TextSection | undefined>>,
): TextSection {
  const all = new Map([...items, ...Object.entries(values)]);
  return {
    items: new Map([...all].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))),
  };
}

/** The section of this name; an empty one where there is none. */
export function sectionIn({ items }: TextSection, name: string): TextSection {
  const value = items.get(name);
  return isSection(value) ? value : { items: new Map() };
}

/** With each of its sections made anew. */
export const mapSections = (
  { items }: TextSection,
  change: (section: TextSection, name: string, index: number) => TextSection,
): TextSection => ({
  items: new Map(
    [...items].map(([name, value], index) => [name, isSection(value) ? change(value, name, index) : value]),
  ),
});
