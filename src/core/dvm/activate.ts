import type { Discovery, Metadata, Settled } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { typeOf } from "../volume/types/index.ts";
import { deactivateUnlabelled } from "./deactivate-unlabelled.ts";
import { updateBatch } from "./update-batch.ts";
import { findAnyVg, readMetadata, type Where, withVgLock } from "./vg.ts";

export interface ActivateOptions extends Where {
  readonly direction: "activate" | "deactivate";
  /** None means all that are activated by default, or all that are live. */
  readonly lvs: readonly string[];
  /** Also LVs that run without the legs that are marked stale. */
  readonly degraded: boolean;
  /** Also LVs that lack something, read-only. */
  readonly partial: boolean;
  readonly dryRun: boolean;
}

/**
 * Brings LVs up or down, under the VG's lock. All of them go down even where no label of the VG is there any
 * more.
 * @throws DvmError IN_USE, INCOMPLETE, NOT_FOUND, NOT_ACTIVATED
 */
export async function activateVg(sys: Sys, options: ActivateOptions): Promise<Settled> {
  const found = await findAnyVg(sys, options).catch((thrown: unknown) => toDvmError(thrown));
  if (found instanceof DvmError) return withoutLabels(sys, options, found);
  return withVgLock(sys, found, async (discovery) => {
    const before = await readMetadata(sys, discovery);
    const begun =
      options.direction === "activate" && !options.dryRun && (await beginMerges(sys, discovery, before));
    const metadata = begun ? await readMetadata(sys, discovery) : before;
    return await sys.toolbox.call({
      applet: "volactivate",
      verb: "settle",
      options: {
        metadata,
        discovery,
        lv: options.lvs,
        [options.direction]: true,
        degraded: options.degraded,
        partial: options.partial,
        "dry-run": options.dryRun,
      },
    });
  });
}

/**
 * Begins the merges that wait for nobody to have the LVs open. One that cannot begin leaves its LVs as they
 * are: that is said, and no reason not to bring them up.
 * @returns whether the metadata may be another now
 */
async function beginMerges(sys: Sys, discovery: Discovery, { lvs, vg }: Metadata): Promise<boolean> {
  if (vg.foreign) return false;
  const due = lvs.filter(({ segments: [first] }) => first && typeOf(first)?.wraps?.isDue(first));
  for (const { id, name } of due) {
    try {
      await updateBatch(sys, discovery, [{ verb: "merge", name: id }]);
    } catch (thrown) {
      const { code, message } = toDvmError(thrown);
      if (code === "BUG") throw thrown;
      sys.terminal.warn(`the merge of LV ${name} does not begin yet: ${message}`);
    }
  }
  return due.length > 0;
}

/** @throws DvmError the failure, unless this is what can be done in spite of it */
async function withoutLabels(
  sys: Sys,
  { vg, lvs, direction, dryRun }: ActivateOptions,
  failure: DvmError,
): Promise<Settled> {
  const isAllDown = direction === "deactivate" && lvs.length === 0 && failure.code === "NOT_FOUND";
  const settled = isAllDown ? await deactivateUnlabelled(sys, vg, dryRun) : undefined;
  if (!settled) throw failure;
  return settled;
}
