/**
 * What a terminal obeys instead of showing it, and what turns a text into another for the eye: control
 * characters (C0, DEL, C1), surrogates that stand alone, and the characters that Unicode calls formats: marks
 * of direction, joiners, tags.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const BEYOND_ASCII = /[\x7f-\uffff]/g;

const escaped = (character: string): string =>
  character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * A text in which those are written as in JSON, `\u001b`. All that people are shown goes through here: names
 * of files and what stands in documents may be anybody's.
 */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** The same for a text of several lines, which ends stay what they are. */
export const printableLines = (text: string): string =>
  text.replace(UNPRINTABLE, (found) => (found === "\n" || found === "\t" ? found : escaped(found)));

/** JSON that says the same in ASCII alone. */
export const asciiJson = (value: unknown): string => JSON.stringify(value).replace(BEYOND_ASCII, escaped);
