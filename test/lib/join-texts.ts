const LITERAL = /`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/.source;
const ADDED = new RegExp(`(?:${LITERAL})(?:\\s*\\+\\s*(?:${LITERAL}))+`, "g");

/** The code with texts that are added to one another as one text each, as people read them. */
export const joinTexts = (code: string): string =>
  code.replace(ADDED, (added) => {
    const texts = added.match(new RegExp(LITERAL, "g")) ?? [];
    const quote = texts.some((text) => text.startsWith("`")) ? "`" : '"';
    return `${quote}${texts.map((text) => text.slice(1, -1)).join("")}${quote}`;
  });
