import { keyOfRoot } from "./region-view.ts";
import type { Usable } from "./set-state.ts";

/**
 * Regions of one class have the same active root page and length: what is known of one's tree holds for all.
 */
export const classOf = ({ superblock, place }: Usable): string => keyOfRoot(superblock.active, place);

/** Every region in its class. Regions formatted and written together are all in one. */
export function classesOf(views: readonly Usable[]): Map<string, Usable[]> {
  const classes = new Map<string, Usable[]>();
  for (const view of views) {
    const members = classes.get(classOf(view));
    if (members) members.push(view);
    else classes.set(classOf(view), [view]);
  }
  return classes;
}
