import { serialise } from "../core/volume/serialise.ts";
import { checkDocument, type Metadata } from "../schema/index.ts";
import { passed } from "./passed.ts";

/**
 * The laid-out text of metadata that was made here.
 * @param before a document that has passed its schema: only records that it does not have are looked at
 */
export function metadataText(before: Metadata | undefined, after: Metadata): Buffer {
  const pvs = after.pvs.filter((pv, index) => before?.pvs[index] !== pv);
  const lvs = after.lvs.filter((lv, index) => before?.lvs[index] !== lv);
  try {
    checkDocument("metadata", { ...after, pvs, lvs }, "that was made");
  } catch (cause) {
    throw new Error(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const text = serialise(after);
  passed("metadata", text, after);
  return text;
}
