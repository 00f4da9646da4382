import type { Desired, Metadata } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";
import type { ChangeContext } from "../../volume/change.ts";
import { compare } from "./compare.ts";
import type { CompareRules } from "./rules.ts";

/**
 * The metadata as the document wants it, all changes or none.
 * @throws DvmError WOULD_LOSE_DATA for what is not allowed, naming the words that allow it; else as compare
 */
export function converge(
  metadata: Metadata,
  desired: Desired,
  rules: CompareRules,
  context: ChangeContext,
): Metadata {
  const { comparison, result } = compare(metadata, desired, rules, context);
  const { needs } = comparison;
  if (needs.length > 0) throw notAllowed(needs);
  return result;
}

const notAllowed = (needs: readonly string[]): DvmError =>
  new DvmError("WOULD_LOSE_DATA", `data would be lost: ${needs.map((word) => `--allow ${word}`).join(" ")}`, {
    details: { needs: [...needs] },
  });
