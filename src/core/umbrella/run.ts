import type { TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { withPvIds } from "./pv-ids.ts";
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
  const rename = newNameIn(options.change);
  return (await sys.toolbox.call({
    applet: "tm",
    verb: "update",
    stdin: discovery,
    options: {
      "no-activate": !options.activate,
      "dry-run": options.dryRun,
      ...(rename !== undefined && { rename }),
    },
    command: ["manip", ...(await withPvIds(sys, options.change, discovery))],
  })) as TmResult;
}

/** The VG's new name, when that is what changes: labels and envelope have it as well as the metadata. */
function newNameIn([verb, ...words]: readonly string[]): string | undefined {
  if (verb !== "rename-vg") return undefined;
  const at = words.findIndex((word) => word === "--to" || word.startsWith("--to="));
  return words[at] === "--to" ? words[at + 1] : words[at]?.slice("--to=".length);
}
