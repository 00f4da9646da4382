import { PAGE, type Pages } from "../../base/units.ts";
import { ROOT_FANOUT, TABLE_FANOUT } from "./layout.ts";

/**
 * How many pages each level of the tree has for content of `contentLength` bytes; level 0 is the content
 * itself, the root stands above the last. The shape follows from the length alone, so a tree cannot lie about
 * it.
 */
export function levelSizes(contentLength: number): Pages[] {
  const levels: Pages[] = [Math.ceil(contentLength / PAGE)];
  for (let top = levels[0] ?? 0; top > ROOT_FANOUT; ) {
    top = Math.ceil(top / TABLE_FANOUT);
    levels.push(top);
  }
  return levels;
}
