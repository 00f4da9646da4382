import { type Raw, raw } from "./raw.ts";
import type { Target } from "./target.ts";

/** Words that may end with a key. */
const KEYED = /(^|\s)(internal_hash|journal_crypt|journal_mac):([^\s:]+):\S+/g;

/**
 * Keeps a tag for each sector. Of its table nothing is known but where keys may stand.
 * Linux Documentation/admin-guide/device-mapper/dm-integrity.rst
 */
export const integrity: Target<Raw> = {
  ...raw("integrity"),
  withoutSecrets: (params) => params.replace(KEYED, "$1$2:$3:?"),
};
