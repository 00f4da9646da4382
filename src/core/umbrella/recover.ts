import type { Discovery, TmRecovered, TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { pvNamer } from "./pv-ids.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg, type Where } from "./vg.ts";

export interface RecoverOptions extends Where {
  /** Devices by path or id; `missing` stands for all that were not found. */
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
  const without = await Promise.all(
    (await namedMissing(sys, options.without, discovery)).map((word) => idOf(word)),
  );
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

/** @throws DvmError NOT_FOUND when none is missing */
async function namedMissing(
  sys: Sys,
  words: readonly string[],
  discovery: Discovery,
): Promise<readonly string[]> {
  if (!words.includes("missing")) return words;
  const { members, vg } = await verifyAnyway(sys, discovery);
  const ids = members.filter(({ present }) => !present).map(({ id }) => id);
  if (ids.length === 0) throw new DvmError("NOT_FOUND", `no device of VG ${vg.name} is missing`);
  return [...new Set([...words.filter((word) => word !== "missing"), ...ids])];
}
