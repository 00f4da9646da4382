import { DvmError } from "../../base/error.ts";
import type { Pages } from "../../base/units.ts";

/**
 * Gives free pages in ring order after the newest, so that what was written last is overwritten last.
 * @param newest where the ring goes on: the newest root
 * @param length of the region; page 0 is the superblock's
 * @param used pages that must not be given
 * @throws DvmError NO_SPACE from the returned function when the ring has come round
 */
export function ringOfFreePages(newest: Pages, length: Pages, used: ReadonlySet<Pages>): () => Pages {
  let page = newest % length;
  let left = length;
  return () => {
    while (left-- > 0) {
      page = page + 1 < length ? page + 1 : 1;
      if (left >= 1 && !used.has(page)) return page;
    }
    throw new DvmError(
      "NO_SPACE",
      `it does not fit: ${used.size} of ${length - 1} pages are in use by the states to be kept`,
    );
  };
}
