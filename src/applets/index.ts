/** THE table of applets. Dispatch, help, symlinks, completions, man pages and contract tests derive from it. */
import type { Applet } from "./applet.ts";
import { discover } from "./discover.ts";
import { dmactivate } from "./dmactivate.ts";
import { dmexec } from "./dmexec.ts";
import { dvm } from "./dvm.ts";
import { manip } from "./manip.ts";
import { replicate } from "./replicate.ts";
import { report } from "./report.ts";
import { tm } from "./tm.ts";
import { volactivate } from "./volactivate.ts";

export const applets: readonly Applet[] = [
  dvm,
  dmactivate,
  discover,
  dmexec,
  replicate,
  tm,
  manip,
  volactivate,
  report,
];
