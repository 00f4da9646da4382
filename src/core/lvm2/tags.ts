import type { ForeignVg } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";

/** Of one thing at most. */
const MOST = 64;

/** Tags that are dvm's too, and the others: LVM2 has ! # & in them, and no bound. */
export function splitTags(all: readonly string[]): {
  readonly tags: string[];
  readonly others: Pick<ForeignVg, "tags">;
} {
  const once = [...new Set(all)];
  const tags = once.filter(isTag).slice(0, MOST);
  const rest = once.filter((tag) => !tags.includes(tag));
  return { tags, others: rest.length > 0 ? { tags: rest } : {} };
}

function isTag(tag: string): boolean {
  try {
    return checkName("tag", tag) === tag;
  } catch (thrown) {
    if (thrown instanceof DvmError) return false;
    throw thrown;
  }
}
