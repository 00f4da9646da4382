/** What a text in LVM2's grammar says: sections of named values. */

/** Integers beyond 2^53 are refused when the text is read. */
export type TextValue = number | string | readonly (number | string)[];

export interface TextSection {
  /** In the order of the text. A name stands once. */
  readonly items: ReadonlyMap<string, TextValue | TextSection>;
}

export const isSection = (value: TextValue | TextSection | undefined): value is TextSection =>
  typeof value === "object" && "items" in value;
