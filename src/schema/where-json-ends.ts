/**
 * Where a text ceases to be JSON, by its grammar (RFC 8259). V8 says it in the text of a message, of some
 * faults not at all, and shows what stands around them: a file that is no document is nobody's to read out.
 */

const SPACE = /[ \t\n\r]*/y;
/** As much as may be the beginning of a string, a number, a word. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a string may not hold
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:"|\\(?:u[0-9a-fA-F]{0,3})?)?/y;
const NUMBER = /-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE](?:[+-]?[0-9]*))?)?|[eE](?:[+-]?[0-9]*))?)?/y;
const WORD = /t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?/y;

/** Such a beginning that is whole. */
const WHOLE = /^(?:"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)$/;

/** What may come next. */
type Next = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end";

/**
 * The length of the longest beginning of the text that something can be put behind so that it is JSON; the
 * length of the text, if that is only too short.
 */
export function whereJsonEnds(text: string): number {
  const open: ("]" | "}")[] = [];
  let next: Next = "value";
  for (let at = endOf(SPACE, text, 0); at < text.length; at = endOf(SPACE, text, at)) {
    const character = text[at] as string;
    if (character === open.at(-1) && (next === "comma or end" || next.endsWith(character))) {
      open.pop();
      next = "comma or end";
      at += 1;
    } else if (next === "comma or end") {
      if (character !== "," || open.length === 0) return at;
      next = open.at(-1) === "]" ? "value" : "key";
      at += 1;
    } else if (next === "colon") {
      if (character !== ":") return at;
      next = "value";
      at += 1;
    } else if (next.startsWith("value") && (character === "[" || character === "{")) {
      open.push(character === "[" ? "]" : "}");
      next = character === "[" ? "value or ]" : "key or }";
      at += 1;
    } else {
      const end = endOf(next.startsWith("key") ? STRING : scalar(character), text, at);
      if (!WHOLE.test(text.slice(at, end))) return end;
      next = next.startsWith("key") ? "colon" : "comma or end";
      at = end;
    }
  }
  return text.length;
}

const scalar = (first: string): RegExp => (first === '"' ? STRING : /[a-z]/.test(first) ? WORD : NUMBER);

/** Behind what of the text the expression finds there. */
function endOf(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}
