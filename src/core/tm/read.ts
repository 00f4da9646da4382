import type { Discovery } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import type { Envelope } from "./envelope.ts";
import { regionsOf } from "./regions.ts";
import { isHarmless, requireNone, survey, type View } from "./survey.ts";
import { type TmLockOptions, warnReaders } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface ReadOptions extends TmLockOptions {
  /** An earlier transaction, as long as the regions still hold it. */
  readonly txid: number | undefined;
  /** Read although members are missing, as far as the others agree. */
  readonly partial: boolean;
}

/**
 * Verifies the VG and gives its metadata, byte for byte as the last mutator wrote it.
 * @throws DvmError INCOMPLETE, STALE, OUT_OF_SYNC, CORRUPT; NOT_FOUND for a transaction that is gone
 */
export async function readMetadata(sys: Sys, discovery: Discovery, options: ReadOptions): Promise<Buffer> {
  return withLock(sys, discovery, "shared", options.lockTimeoutMs, async () => {
    const view = await survey(sys, discovery);
    requireNone(view, (problem) => isHarmless(problem) || (options.partial && problem.kind === "missing"));
    for (const { kind, message } of view.problems) if (kind === "missing") sys.terminal.warn(message);
    warnReaders(sys, view);
    if (options.txid === undefined) return defined(view.envelope, "the envelope of a whole VG").metadata;
    return (await readPast(sys, view, options.txid)).metadata;
  });
}

/** @throws DvmError NOT_FOUND for a transaction that is gone */
export async function readPast(sys: Sys, { discovery }: View, txid: number): Promise<Envelope> {
  const then = await regionsOf(sys, discovery).read(txid);
  if (!then) throw new DvmError("NOT_FOUND", `there was no metadata yet at transaction ${txid}`);
  return then;
}
