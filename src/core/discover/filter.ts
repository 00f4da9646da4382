import { DvmError } from "../base/error.ts";
import type { Candidate } from "../port/scanner.ts";

/** True for devices that the filter lets pass. */
export type Filter = (candidate: Pick<Candidate, "path" | "aliases">) => boolean;

/**
 * Compiles an ordered list of `a|regex|` (accept) and `r|regex|` (reject); any character may stand for the
 * bars. The first rule that matches the path or one of the aliases decides; without one a device passes.
 * @throws DvmError BAD_INPUT for a rule that is none
 */
export function compileFilter(rules: readonly string[]): Filter {
  const compiled = rules.map((rule) => {
    const match = /^([ar])(.)(.*)\2$/s.exec(rule);
    if (!match) throw new DvmError("BAD_INPUT", `filter "${rule}" is no rule: write a|regex| or r|regex|`);
    try {
      return { accept: match[1] === "a", regex: new RegExp(match[3] ?? "") };
    } catch (cause) {
      throw new DvmError("BAD_INPUT", `filter "${rule}": ${(cause as Error).message}`, { cause });
    }
  });
  return ({ path, aliases }) => {
    const names = [path, ...aliases];
    return compiled.find(({ regex }) => names.some((name) => regex.test(name)))?.accept ?? true;
  };
}
