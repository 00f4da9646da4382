import { type Discovery, parseJson, type TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";
import { MAX_METADATA } from "./mutate.ts";
import { readPast } from "./read.ts";
import { regionsOf } from "./regions.ts";
import type { View } from "./survey.ts";
import { changeVg } from "./update.ts";
import type { ChangeOptions } from "./with-changeable.ts";
import { withMetadata } from "./with-metadata.ts";

export interface RestoreOptions extends ChangeOptions {
  /** A transaction id, `previous` for the one before the last, or the path of a file with metadata. */
  readonly from: string;
  /** What may be lost, as volactivate restore takes it. */
  readonly allow: readonly string[];
}

/**
 * Makes old metadata the new metadata: of an earlier transaction that the regions still hold, or from a file.
 * volactivate judges it by its effect; then it goes the way of every change. Members stay; the VG's name
 * comes back with the metadata.
 * @throws DvmError NOT_FOUND for a transaction that is gone, BAD_INPUT for a file that holds no JSON,
 *   INCOMPLETE when devices have left since that transaction; WOULD_LOSE_DATA; as updateVg
 */
export async function restoreVg(sys: Sys, discovery: Discovery, options: RestoreOptions): Promise<TmResult> {
  return changeVg(sys, discovery, { ...options, bringsBack: true }, async ({ view, old }) => {
    const then = await earlier(sys, view, old, options.from);
    if (then.equals(old.metadata)) return old;
    const next = await activatorOf(sys, view.discovery).restore(old.metadata, then, options.allow);
    return withMetadata(sys, view.discovery, old, next);
  });
}

const PREVIOUS = "previous";

/** @throws DvmError NOT_FOUND when the regions hold no state but the active one */
async function previousOf(sys: Sys, { discovery, txid }: View): Promise<number> {
  const past = await regionsOf(sys, discovery).history();
  const before = past.find((state) => state.txid < (txid ?? 0) && state.readable && state.contentLength > 0);
  if (!before) throw new DvmError("NOT_FOUND", "the regions hold no state before the one that there is");
  return before.txid;
}

async function earlier(sys: Sys, view: View, old: Envelope, from: string): Promise<Buffer> {
  if (from === PREVIOUS) return earlier(sys, view, old, String(await previousOf(sys, view)));
  if (!/^\d{1,15}$/.test(from)) {
    const metadata = await sys.files.read(from, MAX_METADATA);
    parseJson(metadata, from);
    return metadata;
  }
  const then = await readPast(sys, view, Number(from));
  const known = new Set(old.members);
  const left = then.members.filter((id) => !known.has(id));
  if (left.length > 0)
    throw new DvmError(
      "INCOMPLETE",
      `since transaction ${from} devices have left VG ${old.name}: ${left.join(", ")}`,
      { details: { left } },
    );
  return then.metadata;
}
