/** The words of a target's parameters, as the kernel splits them: at white space, a backslash escapes. */

/** The words, unescaped. */
export function splitArgs(params: string): string[] {
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
export const joinArgs = (words: readonly (string | number)[]): string =>
  words.map((word) => String(word).replace(/[\s\\]/g, "\\$&")).join(" ");

const isSpace = (char: string): boolean => char === " " || (char >= "\t" && char <= "\r");
