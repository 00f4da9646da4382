import type { Discovery, TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { afterUndo } from "./after-undo.ts";
import { idsOf, without } from "./among.ts";
import { claim } from "./claim.ts";
import { markLeaving, relabel, wipeLabels } from "./labels.ts";
import { runMutator } from "./mutate.ts";
import { planOf } from "./plan-of.ts";
import { isForRecovery, transact } from "./transact.ts";
import type { MutateOptions } from "./update.ts";
import { withChangeable } from "./with-changeable.ts";
import { withMetadata } from "./with-metadata.ts";

export interface TmReduceOptions extends MutateOptions {
  /** Ids or paths of the devices that leave. */
  readonly devices: readonly string[];
}

/**
 * Removes devices in one transaction. The mutator refuses when they are in use. Their labels are marked
 * before the commit and wiped after it. They have no part in the transaction itself: what stays decides.
 * @throws DvmError NOT_FOUND for a device that is no member, INCOMPLETE when no region would stay; as the
 *   mutator, as transact
 */
export async function reduceVg(sys: Sys, found: Discovery, options: TmReduceOptions): Promise<TmResult> {
  const { dryRun, activate, command } = options;
  return withChangeable(sys, found, options, async ({ view: { discovery }, old, txid }) => {
    const leaving = idsOf(discovery, options.devices);
    const staying = without(discovery, leaving);
    if (staying.regions.length === 0)
      throw new DvmError("INCOMPLETE", `no device that stays in VG ${old.name} has a region with metadata`);
    const metadata = await runMutator(sys, staying, command, old.metadata);
    const next = {
      ...(await withMetadata(sys, discovery, old, metadata)),
      members: old.members.filter((id) => !leaving.includes(id)),
      generation: old.generation + 1,
    };
    const intent = { discovery, old, txid, next, activate };
    if (dryRun) return planOf(sys, intent);
    const base = await claim(sys, intent);
    try {
      await markLeaving(sys, discovery, old, leaving);
      const done = await transact(sys, {
        discovery,
        ...base,
        next,
        activate: activate ? "devices" : "check",
        finish: () => wipeLabels(sys, discovery, leaving),
      });
      const pathOf = new Map(discovery.devices.map(({ id, path }) => [id, path]));
      const removed = leaving.map((id) => `removed ${pathOf.get(id)}, which was ${id}`);
      return { txid: done.txid, changed: true, summary: [...removed, ...done.summary] };
    } catch (failure) {
      if (isForRecovery(failure)) throw failure;
      throw await afterUndo(failure, "a label could not be written", () => relabel(sys, discovery, base.old));
    }
  });
}
