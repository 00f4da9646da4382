/** THE table of applets. Dispatch, help, symlinks, completions, man pages and contract tests derive from it. */
import type { Applet } from "./applet.ts";
import { dmactivate } from "./dmactivate.ts";
import { discover } from "./discover.ts";
import { dmexec } from "./dmexec.ts";
import { tm } from "./tm.ts";

export const applets: readonly Applet[] = [dmactivate, discover, dmexec, tm];
