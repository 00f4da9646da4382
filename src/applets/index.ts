/** THE table of applets. Dispatch, help, symlinks, completions, man pages and contract tests derive from it. */
import type { Applet } from "./applet.ts";
import { discover } from "./discover.ts";

export const applets: readonly Applet[] = [discover];
