import type { Discovery, TmRecovered } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import type { Envelope } from "./envelope.ts";
import { relabel } from "./labels.ts";
import { look, type Problem, requireNoProblem, type View } from "./look.ts";
import { regionsOf } from "./regions.ts";
import type { LockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface RecoverOptions extends LockOptions {
  /** False: leave device-mapper alone, for a machine that has none. */
  readonly activate: boolean;
}

/**
 * Finishes a transaction that was decided, undoes one that was not, then makes labels and device-mapper agree
 * with the metadata. Does nothing to a VG that needs nothing; each step can be repeated, so being interrupted
 * itself is no harm.
 * @throws DvmError OUT_OF_SYNC, INCOMPLETE, STALE: what to do then, somebody has to decide; NOT_ACTIVATED
 *   when the metadata agrees and device-mapper does not
 */
export async function recoverVg(
  sys: Sys,
  discovery: Discovery,
  options: RecoverOptions,
): Promise<TmRecovered> {
  return withLock(sys, discovery, "exclusive", options.lockTimeoutMs, async () => {
    const summary: string[] = [];
    const before = await look(sys, discovery);
    requireDecidable(before);
    if (before.state === "preparing") {
      await regionsOf(sys, discovery).abort();
      summary.push("undid a transaction that was not committed");
    } else if (before.state === "committing") {
      await regionsOf(sys, discovery).commit();
      summary.push(`finished the commit of transaction ${before.txid}`);
    }
    const { envelope, txid } = await settled(sys, discovery);
    // The document knows the newest label only; an interrupted rename leaves some behind.
    const relabelled = await relabel(sys, discovery, envelope);
    if (relabelled > 0)
      summary.push(
        `wrote name ${envelope.name} and generation ${envelope.generation} to ${relabelled} labels`,
      );
    if (options.activate) {
      const activated = activatorOf(sys, discovery)
        .settle(envelope.metadata)
        .catch((failure) => {
          throw notActivated(failure);
        });
      summary.push(...(await activated));
    }
    const found = before.state === "preparing" || before.state === "committing" ? before.state : "clean";
    return { found, txid, summary };
  });
}

/**
 * Only on all members can it be known whether one of them has seen the commit. Labels that are behind are
 * healed here; of an interrupted init there is nothing to keep.
 */
function requireDecidable({ problems, state }: View): void {
  const isHealed = ({ kind }: Problem) =>
    kind === "labels-behind" || (kind === "empty" && state === "preparing");
  requireNoProblem({ problems: problems.filter((problem) => !isHealed(problem)) });
}

/** The state after the regions were brought to agree. */
async function settled(sys: Sys, discovery: Discovery): Promise<{ envelope: Envelope; txid: number }> {
  const view = await look(sys, discovery);
  requireDecidable(view);
  if (view.state !== "clean")
    throw new DvmError("HALF_DONE", `the regions of VG ${discovery.vg.name} are still ${view.state}`);
  return {
    envelope: defined(view.envelope, "the envelope of a whole VG"),
    txid: defined(view.txid, "the transaction of a clean VG"),
  };
}

function notActivated(failure: unknown): DvmError {
  const { message } = toDvmError(failure);
  return new DvmError("NOT_ACTIVATED", `the metadata is in order, device-mapper is not: ${message}`, {
    cause: failure,
  });
}
