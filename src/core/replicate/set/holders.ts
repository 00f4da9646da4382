import type { RegionPlace } from "../disk/place.ts";
import type { PagePointer } from "../disk/superblock.ts";
import type { RegionView, Seen } from "./region-view.ts";

/** A region and the root in it of the state that is wanted. */
export interface RootHolder {
  readonly place: RegionPlace;
  readonly pointer: PagePointer;
}

/**
 * Where a state stands: as the active root, or as a shadow of which another region says that it is committed.
 */
export const holdersOf = (views: readonly RegionView[], { id }: Pick<Seen, "id">): RootHolder[] =>
  views.flatMap(({ place, active, shadow }) => {
    const seen = active?.id === id ? active : shadow?.id === id ? shadow : null;
    return seen ? [{ place, pointer: seen.pointer }] : [];
  });

/** Those that have the same root page, and so lend each other every page of the tree. */
export const holdersAlike = (holders: readonly RootHolder[], { pointer }: RootHolder): RootHolder[] =>
  holders.filter((other) => other.pointer.page === pointer.page && other.pointer.hash.equals(pointer.hash));
