/** The words of a target's parameters, as the kernel splits them: at white space, a backslash escapes. */

/** The words, unescaped. */
export function splitArgs(params: string): string[] {
  if (params.includes("\\")) return unescaped(params);
  // Mostly words and single spaces.
  if (!/[\t-\r]| {2}|^ | $/.test(params)) return params === "" ? [] : params.split(" ");
  const words: string[] = [];
  let begin = 0;
  for (let at = 0; at <= params.length; at += 1) {
    if (at < params.length && !isSpace(params.charAt(at))) continue;
    if (at > begin) words.push(params.slice(begin, at));
    begin = at + 1;
  }
  return words;
}

function unescaped(params: string): string[] {
  const words: string[] = [];
  let word = "";
  let inside = false;
  for (let at = 0; at < params.length; at += 1) {
    const char = params.charAt(at);
    if (char === "\\" && at + 1 < params.length) {
      at += 1;
      word += params.charAt(at);
      inside = true;
    } else if (isSpace(char)) {
      if (inside) words.push(word);
      word = "";
      inside = false;
    } else {
      word += char;
      inside = true;
    }
  }
  if (inside) words.push(word);
  return words;
}

/** The parameters that split into these words. */
export const joinArgs = (words: readonly (string | number)[]): string => words.map(escaped).join(" ");

const escaped = (word: string | number): string =>
  typeof word === "string" && SPECIAL.test(word) ? word.replace(SPECIALS, "\\$&") : String(word);

const SPECIAL = /[\s\\]/;
const SPECIALS = /[\s\\]/g;

const isSpace = (char: string): boolean => char === " " || (char >= "\t" && char <= "\r");
