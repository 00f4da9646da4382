import type { TmRecovered, TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { pvNamer } from "./pv-ids.ts";
import { findVg, type Where } from "./vg.ts";

export interface RecoverOptions extends Where {
  /** Devices by path or id. */
  readonly without: readonly string[];
  readonly resync: readonly string[];
  readonly choose: string | undefined;
}

/**
 * Finishes or undoes what an interrupted transaction left: discover find | tm recover. Legs on devices that are
 * gone on without are marked stale in the same transaction; those on devices that come back are rebuilt by a
 * second one.
 * @throws DvmError as those do
 */
export async function recoverVg(sys: Sys, options: RecoverOptions): Promise<TmRecovered> {
  const discovery = await findVg(sys, options);
  const idOf = pvNamer(sys, discovery);
  const without = await Promise.all(options.without.map(idOf));
  const resync = await Promise.all(options.resync.map(idOf));
  const missingPv = (ids: readonly string[]) => ["manip", "missing-pv", ...ids.flatMap((id) => ["--pv", id])];
  const recovered = (await sys.toolbox.call({
    applet: "tm",
    verb: "recover",
    stdin: discovery,
    options: { without, resync, choose: options.choose },
    command: without.length > 0 ? missingPv(without) : [],
  })) as TmRecovered;
  if (resync.length === 0) return recovered;
  const updated = (await sys.toolbox.call({
    applet: "tm",
    verb: "update",
    stdin: await findVg(sys, options),
    command: [...missingPv(resync), "--returned"],
  })) as TmResult;
  return { ...recovered, txid: updated.txid, summary: [...recovered.summary, ...updated.summary] };
}
