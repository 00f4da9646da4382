import type { TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { pvNamer } from "./pv-ids.ts";
import { findVg, type Where } from "./vg.ts";

export interface RunOptions extends Where {
  /** A verb of manip with its arguments. */
  readonly change: readonly string[];
  readonly activate: boolean;
  readonly dryRun: boolean;
}

/**
 * Changes a VG's metadata in one transaction: discover find | tm update -- manip CHANGE.
 * @throws DvmError as those do
 */
export async function runChange(sys: Sys, options: RunOptions): Promise<TmResult> {
  const discovery = await findVg(sys, options);
  return await sys.toolbox.call({
    applet: "tm",
    verb: "update",
    stdin: discovery,
    options: { "no-activate": !options.activate, "dry-run": options.dryRun },
    command: await sys.toolbox.withPvs(["manip", ...options.change], pvNamer(sys, discovery)),
  });
}
