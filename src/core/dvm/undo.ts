import type { TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, type Where } from "./vg.ts";

export interface UndoOptions extends Where {
  /** The transaction to go back to; undefined for the one before the last. */
  readonly to: number | undefined;
  /** What may be lost, as tm restore takes it. */
  readonly allow: readonly string[];
  readonly activate: boolean;
  readonly dryRun: boolean;
}

/**
 * Makes an earlier state the newest one: discover find | tm restore. What that would lose is refused as any
 * restore refuses it.
 * @throws DvmError as those do
 */
export async function undo(sys: Sys, options: UndoOptions): Promise<TmResult> {
  const { to, allow, activate, dryRun } = options;
  return await sys.toolbox.call({
    applet: "tm",
    verb: "restore",
    stdin: await findVg(sys, options),
    operands: { from: to === undefined ? "previous" : String(to) },
    options: { allow, "no-activate": !activate, "dry-run": dryRun },
  });
}
