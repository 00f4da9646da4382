import type { Discovery } from "../../../schema/index.ts";
import { DvmError } from "../../base/error.ts";

/** What may be lost, each word about one thing. */
const ALLOW = /^(shrink|remove):([^/]+)\/([^/]+)$|^wipe:(.+)$/;

export interface CompareRules {
  /** Where paths of devices lead, and devices that shall become PVs. */
  readonly discovery: Discovery | undefined;
  /** Words as `remove:vg/lv`. */
  readonly allow: readonly string[];
  /** Only what frees extents: what shall take them comes with a later transaction. */
  readonly freesOnly: boolean;
}

/** @throws DvmError USAGE for a word that allows nothing */
export function checkAllowed(words: readonly string[]): void {
  const odd = words.find((word) => !ALLOW.test(word));
  if (odd !== undefined)
    throw new DvmError("USAGE", `--allow "${odd}" is neither shrink:VG/LV, remove:VG/LV nor wipe:DEVICE`);
}
