/**
 * Shell patterns in paths: `*` and `?` match within one path component, `[abc]` and `[!a-c]` one character.
 */

/** True when the text is a pattern and not a plain path. */
export const isGlob = (text: string): boolean => /[*?[]/.test(text);

/**
 * A test for whole paths (or single components: the rules are the same).
 * As in a shell, a wildcard never matches a slash, nor a dot that begins a component.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const expression = pattern.split("/").map(component).join("/");
  const compiled = new RegExp(`^${expression}$`, "s");
  return (path) => compiled.test(path);
}

function component(pattern: string): string {
  let source = /^[*?[]/.test(pattern) ? "(?!\\.)" : "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const set = character === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (set?.[2]) {
      source += `(?!/)[${set[1] ? "^" : ""}${set[2].replace(/[\\\]^[]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else if (character === "*") {
      // Runs of stars would backtrack for ever and match no more than one.
      while (pattern[at + 1] === "*") at += 1;
      source += "[^/]*";
    } else if (character === "?") source += "[^/]";
    else source += character.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  return source;
}
