import type { Discovery, TmRecovered } from "../../schema/index.ts";
import { defined } from "../base/assert.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { activatorOf } from "./activator.ts";
import { idsOf, without } from "./among.ts";
import type { Envelope } from "./envelope.ts";
import { runMutator } from "./mutate.ts";
import {
  envelopeOf,
  finishDevices,
  finishLabels,
  finishRegions,
  recovered,
  type TmRecoverOptions,
} from "./recover.ts";
import { isHarmless, requireNone, survey, type View } from "./survey.ts";
import { transact } from "./transact.ts";
import { withLock } from "./with-lock.ts";
import { withMetadata } from "./with-metadata.ts";

export interface ExcludeOptions extends TmRecoverOptions {
  /** Ids (or paths, of those that are there) of devices to do without. */
  readonly without: readonly string[];
  /** The mutator that tells the metadata. */
  readonly command: readonly string[];
}

/**
 * Goes on without devices that are missing, or there and failing: they are no members any more. What was
 * interrupted is finished or undone first, as the devices that stay have it. A new epoch begins, so that a
 * transaction which only the absent ones know of is never taken for a part of this VG's past.
 * @throws DvmError NOT_FOUND for a device that is no member, INCOMPLETE when others are missing too,
 *   OUT_OF_SYNC when those that stay do not agree; as the mutator, as transact
 */
export async function exclude(sys: Sys, found: Discovery, options: ExcludeOptions): Promise<TmRecovered> {
  return withLock(sys, found, "exclusive", options.lockTimeoutMs, async () => {
    const absent = idsOf(found, options.without, options.without);
    const rest = without(found, absent);
    const before = await survey(sys, rest);
    requireOthers(before, absent);
    const summary: string[] = [];
    const view = await finishRegions(sys, rest, before, summary);
    requireOthers(view, absent);
    // That those who stay are clean does not say that device-mapper has followed: the first of them to commit
    // may be the only one left.
    if (options.activate) await finishDevices(sys, view, summary);
    await finishLabels(sys, rest, view, summary);
    const old = envelopeOf(view);
    const metadata = await runMutator(sys, view.discovery, options.command, old.metadata);
    const next = {
      ...(await withMetadata(sys, view.discovery, old, metadata)),
      members: old.members.filter((id) => !absent.includes(id)),
      generation: old.generation + 1,
    };
    await refuseClaim(sys, view.discovery, old, next);
    const done = await transact(sys, {
      discovery: view.discovery,
      old,
      txid: defined(view.txid, "the transaction of a clean VG"),
      next,
      activate: options.activate ? "devices" : "check",
      newEpoch: true,
    });
    summary.push(...absent.map((id) => `goes on without ${id}`), ...done.summary);
    return recovered(before, { ...view, txid: done.txid }, summary);
  });
}

/**
 * What has to be committed before, and would be without the absent devices: that the VG goes on without them.
 */
async function refuseClaim(sys: Sys, discovery: Discovery, old: Envelope, next: Envelope): Promise<void> {
  const claimed = await activatorOf(sys, discovery).claim(old.metadata, next.metadata, { wipe: true });
  if (claimed !== old.metadata)
    throw new DvmError(
      "WOULD_LOSE_DATA",
      `the mutator makes LVs or copies on extents that hold what was removed from VG ${old.name}: go ` +
        "on without the devices first, then make them",
    );
}

/**
 * Of the others none may be missing, and the absent ones have to be members. Strangers are left as they are:
 * to take one in takes a VG that is whole, and to those who stay it is one that was gone on without.
 */
function requireOthers(view: View, absent: readonly string[]): void {
  requireNone(
    view,
    (problem) => isHarmless(problem) || problem.kind === "missing" || problem.kind === "strangers",
  );
  const { members, name } = envelopeOf(view);
  const strange = absent.filter((id) => !members.includes(id));
  if (strange.length > 0) throw new DvmError("NOT_FOUND", `no members of VG ${name}: ${strange.join(", ")}`);
  if (absent.length === members.length)
    throw new DvmError("INCOMPLETE", `VG ${name} cannot go on without all of its devices`);
  const others = view.members.filter(({ id, present }) => !present && !absent.includes(id));
  if (others.length > 0)
    throw new DvmError(
      "INCOMPLETE",
      `VG ${name} misses other devices too: ${others.map(({ id }) => id).join(", ")}: dvm recover ` +
        `${name} --without missing goes on without all of them`,
      { details: { missing: others.map(({ id }) => id) } },
    );
}
