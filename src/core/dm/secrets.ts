/** Keys that stand in table lines. Keys belong into the kernel's keyring: no document of ours holds one. */
import type { TableLine } from "../../schema/index.ts";
import { joinArgs, splitArgs } from "./args.ts";

/** Words of dm-integrity that may end with a key. */
const KEYED = /(^|\s)(internal_hash|journal_crypt|journal_mac):([^\s:]+):\S+/g;

/** @returns the line with `?` for each key; the line itself when it has none */
export function withoutSecrets(line: TableLine): TableLine {
  if (line.type === "crypt") {
    const words = splitArgs(line.params);
    const [, key] = words;
    // A reference to a keyring, or what stands for no key.
    if (key === undefined || key.startsWith(":") || key === "-") return line;
    return { ...line, params: joinArgs(words.map((word, at) => (at === 1 ? "?" : word))) };
  }
  if (line.type !== "integrity") return line;
  const params = line.params.replace(KEYED, "$1$2:$3:?");
  return params === line.params ? line : { ...line, params };
}

export const hasSecret = (line: TableLine): boolean => withoutSecrets(line) !== line;
