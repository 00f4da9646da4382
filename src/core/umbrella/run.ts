import type { Discovery, TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, type Where } from "./vg.ts";

/** Options of manip that name PVs; there people may write paths. */
const NAMES_A_PV = /^--(pv|from|to)(=|$)/;

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
  return (await sys.toolbox.call({
    applet: "tm",
    verb: "update",
    stdin: discovery,
    options: { "no-activate": !options.activate, "dry-run": options.dryRun },
    command: ["manip", ...withPvIds(options.change, discovery)],
  })) as TmResult;
}

/** Paths of devices become their ids, which is what metadata knows. */
function withPvIds(change: readonly string[], { devices }: Discovery): readonly string[] {
  const idOf = new Map(devices.map(({ path, id }) => [path, id]));
  return change.map((word, i) => {
    const [option = "", value] = word.split("=", 2);
    if (value !== undefined && NAMES_A_PV.test(word)) return `${option}=${idOf.get(value) ?? value}`;
    return NAMES_A_PV.test(change[i - 1] ?? "") ? (idOf.get(word) ?? word) : word;
  });
}
