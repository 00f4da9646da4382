import type { By } from "../../schema/index.ts";
import { asciiJson } from "../base/printable.ts";
import type { Sys } from "../port/sys.ts";

/** Of the JSON text: much less than the page that it has to itself. */
const MAX_BYTES = 1024;

/**
 * Who makes a transaction, and by which words: for the history. Of a mutator that is not ours its name alone
 * is kept, since nobody knows what stands in its arguments; words that would make it too long are left out,
 * and `cut` says so.
 * @returns undefined when the config wants none of it
 */
export function byOf(sys: Sys): By | undefined {
  if (sys.config.tm?.recordCommands === false) return undefined;
  const { words, takesMutator, uid, loginUid, host } = sys.caller();
  const at = words.indexOf("--") + 1;
  const isForeign = takesMutator && at > 0 && !sys.toolbox.has(words.slice(at));
  const told = isForeign ? words.slice(0, at + 1) : [...words];
  for (;;) {
    const cut = told.length < words.length;
    const by: By = { words: [...told], ...(cut && { cut }), uid, loginUid, host: host.slice(0, 64) };
    if (asciiJson(by).length <= MAX_BYTES) return by;
    told.pop();
  }
}
